import { resolve } from 'node:path'

/** Whether a profile is named by its file: what has a slash in it or ends in .yaml or .yml. Others are built in. */
export function namesFile(nameOrFile: string): boolean {
  return nameOrFile.includes('/') || /\.ya?ml$/.test(nameOrFile)
}

/** The same profile for a process that works in another directory. */
export function anywhere(nameOrFile: string): string {
  return namesFile(nameOrFile) ? resolve(nameOrFile) : nameOrFile
}
