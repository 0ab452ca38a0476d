/** Where a KMIP server is, and who we are to it: kept in home.json, never in the database. */
export interface KmipPlace {
  /** A random name that the server's AES-GCM binds the key to. */
  house: string
  host: string
  port: number
  /** PEM: who may sign the server's certificate. */
  ca: string
  /** PEM: our certificate, and its key, which must be closed to others. */
  certificate: string
  key: string
  timeoutSeconds?: number
}

export interface KmipSecret {
  kind: 'kmip'
  place: KmipPlace
  /** Milliseconds since 1970: whether our certificate is still good. */
  now: () => number
}
