import type { DeviceFault } from './device.ts'

/** OpenSSL's words for a server certificate that nobody we trust has signed, or that is another host's. */
const untrusted = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])
const expired = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

/** Why a server could not be spoken to, from the error of its connection. */
export function connectionFault(error: unknown, where: string, seconds: number): DeviceFault {
  const { code = '', message } = error as { code?: string; message: string }
  if (expired.has(code)) return { fault: 'certificate-expired', whose: 'theirs', where }
  if (untrusted.has(code)) return { fault: 'certificate-untrusted', where, reason: code }
  // An alert is the server's: it has looked at our certificate. RFC 8446 §6.2.
  if (
    /ALERT_(BAD|UNKNOWN|UNSUPPORTED|REVOKED|EXPIRED|CERTIFICATE|ACCESS|NO_CERT)|ALERT_UNKNOWN_CA/i.test(code)
  ) {
    return { fault: 'certificate-refused', where }
  }
  // What a library adds for whoever debugs it comes in lines of its own.
  const [said = ''] = message.split('\n', 1)
  return { fault: 'unreachable', where, seconds, reason: code || said }
}
