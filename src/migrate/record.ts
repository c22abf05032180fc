import type { FileHandle } from 'node:fs/promises'
import { MigrateError } from './error.ts'

/** Marks of QEMU's stream of a vfio device (VFIO_MIG_FLAG_*), each followed by what it says, big-endian. */
const END = 0xffffffffef100001n
const SETUP = 0xffffffffef100003n
const DATA = 0xffffffffef100004n

/** More than any piece is. */
const MOST = 1n << 30n

/** Writes a stream to a file: setup, then pieces with their sizes, then the end. */
export async function openRecorder(file: FileHandle) {
  const mark = (...values: bigint[]) => {
    const bytes = Buffer.alloc(values.length * 8)
    for (const [i, value] of values.entries()) bytes.writeBigUInt64BE(value, i * 8)
    return bytes
  }
  await file.write(mark(SETUP, END))
  return {
    async piece(bytes: Buffer): Promise<void> {
      await file.write(Buffer.concat([mark(DATA, BigInt(bytes.length)), bytes]))
    },
    async end(): Promise<void> {
      await file.write(mark(END))
    },
  }
}

/** The pieces of a file that was recorded. Throws where it is none, or ends early. */
export async function* recorded(file: FileHandle, name: string): AsyncGenerator<Buffer, void, undefined> {
  const take = async (length: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, null)
    if (bytesRead < length)
      throw new MigrateError(`${name} ends early: it is no whole recording of a migration.`)
    return buffer
  }
  const word = async () => (await take(8)).readBigUInt64BE()
  if ((await word()) !== SETUP || (await word()) !== END)
    throw new MigrateError(`${name} is no recording of a migration: it does not begin as one.`)
  for (;;) {
    const mark = await word()
    if (mark === END) return
    const size = mark === DATA ? await word() : MOST
    if (size >= MOST)
      throw new MigrateError(`${name} is no recording of a migration: it has an unknown part.`)
    yield await take(Number(size))
  }
}
