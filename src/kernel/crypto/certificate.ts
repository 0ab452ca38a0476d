import { X509Certificate } from 'node:crypto'

export interface CertificateSeen {
  subject: string
  validFrom: Date
  validTo: Date
}

/** What the first certificate of a PEM text says of itself; undefined where there is none. */
export function certificateOf(pem: string | Uint8Array): CertificateSeen | undefined {
  try {
    const { subject, validFromDate, validToDate } = new X509Certificate(pem)
    return { subject: subject.replaceAll('\n', ', '), validFrom: validFromDate, validTo: validToDate }
  } catch {
    return undefined
  }
}
