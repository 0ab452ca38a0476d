/** Where a PKCS#11 token is: kept in home.json, never in the database, since a module is a program that we run. */
export interface Pkcs11Place {
  /** A random name that the token's AES-GCM binds the key to. */
  house: string
  /** Absolute path of the vendor's library. */
  module: string
  /** The token's label, or its serial number. */
  token: string
  /** A file of 0600 that holds the PIN, for starts that nobody attends. */
  pinFile?: string
  timeoutSeconds?: number
}

export interface Pkcs11Secret {
  kind: 'pkcs11'
  place: Pkcs11Place
  /** Typed by a person; without it the PIN file is read. */
  pin?: string
  /** A person asked for this attempt: it may spend tries that an unattended start may not. */
  attended?: boolean
  /** Where it is noted that a PIN file was wrong, so that no restart spends another try on it. */
  refusedFile?: string
}
