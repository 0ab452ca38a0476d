import { readFile } from 'node:fs/promises'
import { certificateOf } from '#kernel/crypto/index.ts'
import type { AwsKmsSecret } from './aws-kms/place.ts'
import { readCredentials } from './aws-kms/credentials.ts'
import { readClosedFile } from './closed-file.ts'
import type { DeviceFault } from './device.ts'
import type { KmipSecret } from './kmip/place.ts'
import { lookAtTokens } from './pkcs11/look.ts'
import type { TokenSeen } from './pkcs11/messages.ts'
import type { Pkcs11Secret } from './pkcs11/place.ts'

/** What can be seen of a device and of what we need for it, without a PIN and without asking a server. */
export interface DeviceSeen {
  faults: DeviceFault[]
  /** Until when our certificate is good. */
  certificateEnds?: Date
  /** As the token tells it. */
  pin?: TokenSeen['pin']
}

const fileBytesMax = 256 * 1024

export async function examineDevice(secret: Pkcs11Secret | KmipSecret | AwsKmsSecret): Promise<DeviceSeen> {
  switch (secret.kind) {
    case 'pkcs11':
      return examineToken(secret)
    case 'kmip':
      return examineCertificate(secret)
    case 'aws-kms': {
      const { credentials } = secret.place
      const read = credentials === 'instance-role' ? undefined : await readCredentials(credentials)
      return { faults: read && 'fault' in read ? [read] : [] }
    }
  }
}

async function examineToken({ place }: Pkcs11Secret): Promise<DeviceSeen> {
  const { module, token, pinFile, timeoutSeconds } = place
  const faults = pinFile === undefined ? [] : await closedFaults(pinFile)
  const seen = await lookAtTokens(module, timeoutSeconds)
  if (seen.status === 'refused') return { faults: [...faults, seen] }
  const named = seen.tokens.find(({ label, serial }) => label === token || serial === token)
  if (named) return { faults, pin: named.pin }
  const found = seen.tokens.map(({ label }) => label).filter(Boolean)
  return { faults: [...faults, { fault: 'token-absent', token, found }] }
}

async function examineCertificate({ place, now }: KmipSecret): Promise<DeviceSeen> {
  const faults = await closedFaults(place.key)
  for (const path of [place.ca, place.certificate]) {
    const pem = await readFile(path).catch(() => undefined)
    if (!pem) faults.push({ fault: 'file-refused', path, reason: 'absent' })
    else if (!certificateOf(pem)) faults.push({ fault: 'file-refused', path, reason: 'not-understood' })
    else if (path === place.certificate) {
      const { validTo } = certificateOf(pem) ?? { validTo: new Date(0) }
      if (validTo.getTime() < now()) faults.push({ fault: 'certificate-expired', whose: 'ours', where: path })
      else return { faults, certificateEnds: validTo }
    }
  }
  return { faults }
}

async function closedFaults(path: string): Promise<DeviceFault[]> {
  const read = await readClosedFile(path, fileBytesMax)
  if (read.status === 'refused') return [{ fault: 'file-refused', path, reason: read.reason }]
  read.bytes.fill(0)
  return []
}
