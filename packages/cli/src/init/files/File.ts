/** A file that is to be written. */
export interface File {
  /** Within the folder, with slashes. */
  readonly path: string
  readonly text: string
  /** Whether its values are kept from the terminal, and the file from other users of the machine. */
  readonly isSecret?: boolean
}

/** What is written, and what is to be done then. */
export interface Written {
  readonly files: ReadonlyArray<File>
  /** Lines to print at the end. */
  readonly next: ReadonlyArray<string>
}

/** Reads a file of the folder; undefined where there is none. */
export type Read = (path: string) => Promise<string | undefined>
