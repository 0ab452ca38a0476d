import { hash, verify, X509Certificate, type KeyObject } from 'node:crypto'

/** A certificate, as far as somebody else's signature is judged by it. */
export interface Certificate {
  /** DER. */
  raw: Uint8Array
  subject: string
  /** The object identifiers of its extended key usage. */
  usages: readonly string[]
  /** Whether its key made this signature. `digest`: of RSA and ECDSA; Ed25519 has its own. */
  signed(message: Uint8Array, signature: Uint8Array, digest: SigningDigest): boolean
}

export type SigningDigest = 'sha256' | 'sha384' | 'sha512'

/** SHA-1 names a certificate in time stamps of older authorities (RFC 2634 §5.4), and proves nothing. */
export function digestOf(algorithm: SigningDigest | 'sha1', bytes: Uint8Array): Uint8Array {
  return hash(algorithm, bytes, 'buffer')
}

/** Undefined where the bytes are no certificate. */
export function certificateIn(der: Uint8Array): Certificate | undefined {
  try {
    const read = new X509Certificate(Buffer.from(der))
    const { publicKey } = read
    return {
      raw: read.raw,
      subject: read.subject.replaceAll('\n', ', '),
      usages: read.keyUsage ?? [],
      signed: (message, signature, digest) => hasSigned(publicKey, message, signature, digest),
    }
  } catch {
    return undefined
  }
}

/**
 * Whether the certificate leads to one of these authorities, all of them good at that time. The authorities are PEM, as
 * in a file for `openssl -CAfile`; `between`: certificates that may stand in between, DER.
 */
export function leadsTo(
  certificate: Uint8Array,
  between: readonly Uint8Array[],
  authorities: string,
  atMs: number,
): boolean {
  const trusted = pemCertificates(authorities)
  const others = between.flatMap((der) => {
    try {
      return [new X509Certificate(Buffer.from(der))]
    } catch {
      return []
    }
  })
  const isGood = ({ validFromDate, validToDate }: X509Certificate) =>
    validFromDate.getTime() <= atMs && atMs <= validToDate.getTime()
  const isTrusted = (one: X509Certificate) => trusted.some(({ raw }) => raw.equals(one.raw))
  let at = new X509Certificate(Buffer.from(certificate))
  for (let steps = 0; steps <= chainMax; steps++) {
    if (!isGood(at)) return false
    if (isTrusted(at)) return true
    const below = at
    const issuer = [...trusted, ...others].find(
      (one) => one.ca && below.checkIssued(one) && below.verify(one.publicKey),
    )
    if (!issuer || issuer.raw.equals(at.raw)) return false
    at = issuer
  }
  return false
}

/** The certificates of a PEM text; those that cannot be read are left out. */
function pemCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)]
    } catch {
      return []
    }
  })
}

const chainMax = 6

function hasSigned(
  key: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
  digest: SigningDigest,
): boolean {
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'ec':
      return verify(digest, message, key, signature)
    case 'ed25519':
      return verify(null, message, key, signature)
    default:
      return false
  }
}
