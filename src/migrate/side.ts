/** What drives one generation of VFIO's migration, through the files of a device. */
export interface Side {
  /** Whether the device runs, as a guest would see it. */
  isRunning(): Promise<boolean>

  /** Begins to save while the device goes on to run; false where it can only be saved standing still. */
  startPreCopy(): Promise<boolean>
  /** The device stands still from here on, and is saved. */
  stopAndCopy(): Promise<void>
  /** Bytes that are left. */
  pending(): Promise<number>
  /** The next piece; nothing where there is none now, and once it stands still, none at all. */
  read(): Promise<Buffer | undefined>
  /** Everything was saved: the device stays as it is, and does not run. */
  finishSaving(): Promise<void>
  /** It runs again, whatever was done before. */
  cancel(): Promise<void>

  /** Takes a state from here on. */
  startLoading(): Promise<void>
  write(piece: Buffer): Promise<void>
  /** Everything came and makes a device; it does not run yet. */
  finishLoading(): Promise<void>
  run(): Promise<void>
  /** Whoever leaves a side that saves lets it run again; one that was half loaded does not run. */
  close(): Promise<void>
}
