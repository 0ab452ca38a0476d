/**
 * RFC 3161: what is asked of an authority that stamps the time, and whether its answer is one. Decisions only: who asks and
 * keeps is elsewhere. `openssl ts -verify` comes to the same verdict.
 */
import {
  certificateIn,
  digestOf,
  equalBytes,
  leadsTo,
  sha256,
  type SigningDigest,
} from '#kernel/crypto/index.ts'
import {
  der,
  derInteger,
  derOid,
  NotDer,
  oidOf,
  partsOf,
  readDer,
  tagged,
  tags,
  timeOf,
  valueOf,
  type Der,
} from './der.ts'

const oids = {
  sha256: '2.16.840.1.101.3.4.2.1',
  signedData: '1.2.840.113549.1.7.2',
  timeStampInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  timeStamping: '1.3.6.1.5.5.7.3.8',
} as const

const digests: Readonly<Record<string, SigningDigest>> = {
  [oids.sha256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** RFC 3161 §2.4.1: the body of the request. The nonce tells the answer from one that was given before. */
export function timeStampRequest(data: Uint8Array, nonce: Uint8Array): Uint8Array {
  return der(
    tags.sequence,
    derInteger(Buffer.from([1])),
    imprintOf(data),
    derInteger(nonce),
    der(tags.boolean, Buffer.from([0xff])),
  )
}

function imprintOf(data: Uint8Array): Uint8Array {
  const algorithm = der(tags.sequence, derOid(oids.sha256), der(tags.nothing))
  return der(tags.sequence, algorithm, der(tags.bytes, sha256(data)))
}

export type TimeStamp =
  /** `trusted`: its certificate leads to an authority of those given; undefined where none were. */
  | { status: 'ok'; timeMs: number; authority: string; trusted: boolean | undefined }
  /** RFC 3161 §2.4.2: it says that it will not. `code`: its status. */
  | { status: 'rejected'; code: number }
  /** It is no time stamp, not of this request, or not signed by its certificate. */
  | { status: 'wrong'; reason: string }

/** What the authority has answered. `authorities`: PEM. */
export function checkTimeStamp(
  response: Uint8Array,
  asked: { data: Uint8Array; nonce: Uint8Array; authorities?: string | undefined },
): TimeStamp {
  try {
    return check(response, asked)
  } catch (error) {
    if (error instanceof NotDer) return { status: 'wrong', reason: error.message }
    throw error
  }
}

function check(
  response: Uint8Array,
  asked: { data: Uint8Array; nonce: Uint8Array; authorities?: string | undefined },
): TimeStamp {
  const [status, token] = partsOf(readDer(response), tags.sequence)
  const code = Number(numberOf(partsOf(status, tags.sequence)[0]))
  // `granted`, and `grantedWithMods`, which can only be what is looked at below.
  if (code !== 0 && code !== 1) return { status: 'rejected', code }
  const signed = readSigned(token)
  const info = readInfo(signed.content)
  if (!equalBytes(info.imprint, imprintOf(asked.data))) return wrong('it is of other bytes')
  if (info.nonce === undefined || !equalBytes(info.nonce, derInteger(asked.nonce))) {
    return wrong('it is not of this request')
  }
  const digest = digests[signed.digest]
  if (!digest) return wrong('its digest is not known')
  const content = signed.attributes.get(oids.messageDigest)
  if (!equalBytes(valueOf(content, tags.bytes), digestOf(digest, signed.content))) {
    return wrong('what is signed is something else')
  }
  if (oidOf(signed.attributes.get(oids.contentType)) !== oids.timeStampInfo)
    return wrong('it is of another kind')
  const certificate = signed.certificates
    .filter((raw) => isNamed(signed.attributes, raw))
    .map((raw) => certificateIn(raw))
    .find((one) => one !== undefined)
  if (!certificate) return wrong('the certificate that it names is not in it')
  // RFC 3161 §2.3: that usage, no other, and critical.
  const [usage, ...others] = certificate.usages
  if (usage !== oids.timeStamping || others.length > 0 || !isUsageCritical(certificate.raw)) {
    return wrong('its certificate is not for time stamps alone')
  }
  if (!certificate.signed(signed.toSign, signed.signature, digest))
    return wrong('the signature does not hold')
  const { authorities } = asked
  const trusted =
    authorities === undefined
      ? undefined
      : leadsTo(certificate.raw, signed.certificates, authorities, info.timeMs)
  return { status: 'ok', timeMs: info.timeMs, authority: certificate.subject, trusted }
}

const wrong = (reason: string): TimeStamp => ({ status: 'wrong', reason })

interface Signed {
  /** TSTInfo. */
  content: Uint8Array
  certificates: readonly Uint8Array[]
  digest: string
  /** The one value of each. */
  attributes: ReadonlyMap<string, Der>
  toSign: Uint8Array
  signature: Uint8Array
}

/** RFC 5652 §5, with the one signer that RFC 3161 §2.4.2 asks for. */
function readSigned(token: Der | undefined): Signed {
  const [type, wrapped] = partsOf(token, tags.sequence)
  if (oidOf(type) !== oids.signedData) throw new NotDer('it is not signed')
  const members = partsOf(partsOf(wrapped, tagged(0))[0], tags.sequence)
  const [, , encapsulated] = members
  const [contentType, content] = partsOf(encapsulated, tags.sequence)
  if (oidOf(contentType) !== oids.timeStampInfo) throw new NotDer('what is signed is no time stamp')
  const [signer, ...more] = partsOf(members.at(-1), tags.set)
  if (!signer || more.length > 0) throw new NotDer('it has not one signer')
  const own = partsOf(signer, tags.sequence)
  const at = own.findIndex(({ tag }) => tag === tagged(0))
  const attributes = own[3]
  // The issuer's name and number are of another tag; a key id is `[0]`, primitive.
  if (at !== 3 || !attributes) throw new NotDer('its signer has no attributes')
  return {
    content: valueOf(partsOf(content, tagged(0))[0], tags.bytes),
    certificates: members
      .filter(({ tag }) => tag === tagged(0))
      .flatMap((certificates) => partsOf(certificates, tagged(0)).map(({ whole }) => whole)),
    digest: oidOf(partsOf(own[2], tags.sequence)[0]),
    attributes: readAttributes(attributes),
    // RFC 5652 §5.4: signed as a SET, whatever their tag.
    toSign: der(tags.set, attributes.value),
    signature: valueOf(own[5], tags.bytes),
  }
}

function readAttributes(given: Der): Map<string, Der> {
  const found = new Map<string, Der>()
  for (const attribute of partsOf(given, tagged(0))) {
    const [type, values] = partsOf(attribute, tags.sequence)
    const [value, ...more] = partsOf(values, tags.set)
    const name = oidOf(type)
    if (!value || more.length > 0 || found.has(name)) throw new NotDer('an attribute that has not one value')
    found.set(name, value)
  }
  return found
}

interface Info {
  imprint: Uint8Array
  timeMs: number
  /** The whole value. */
  nonce: Uint8Array | undefined
}

/** RFC 3161 §2.4.2, TSTInfo. */
function readInfo(content: Uint8Array): Info {
  const [version, policy, imprint, serial, time, ...rest] = partsOf(readDer(content), tags.sequence)
  if (numberOf(version) !== 1n) throw new NotDer('it is of another version')
  oidOf(policy)
  numberOf(serial)
  const [algorithm, hashed] = partsOf(imprint, tags.sequence)
  const [name] = partsOf(algorithm, tags.sequence)
  if (oidOf(name) !== oids.sha256) throw new NotDer('it is of another hash')
  // Some leave out that the algorithm has no parameters.
  const same = der(
    tags.sequence,
    der(tags.sequence, derOid(oids.sha256), der(tags.nothing)),
    der(tags.bytes, valueOf(hashed, tags.bytes)),
  )
  return { imprint: same, timeMs: timeOf(time), nonce: rest.find(({ tag }) => tag === tags.integer)?.whole }
}

/** RFC 5816: which certificate has signed is among what is signed. */
function isNamed(attributes: ReadonlyMap<string, Der>, certificate: Uint8Array): boolean {
  const newer = attributes.get(oids.signingCertificateV2)
  const named = newer ?? attributes.get(oids.signingCertificate)
  const [first] = partsOf(partsOf(named, tags.sequence)[0], tags.sequence)
  const members = partsOf(first, tags.sequence)
  const [algorithm] = members
  const isOther = newer !== undefined && algorithm?.tag === tags.sequence
  const digest = isOther
    ? digests[oidOf(partsOf(algorithm, tags.sequence)[0])]
    : newer === undefined
      ? 'sha1'
      : 'sha256'
  const hash = members.find(({ tag }) => tag === tags.bytes)
  return digest !== undefined && equalBytes(valueOf(hash, tags.bytes), digestOf(digest, certificate))
}

/** The extension's name, and `critical` right behind it. */
function isUsageCritical(certificate: Uint8Array): boolean {
  return Buffer.from(certificate).includes(
    Buffer.concat([derOid('2.5.29.37'), der(tags.boolean, Buffer.from([0xff]))]),
  )
}

function numberOf(given: Der | undefined): bigint {
  const value = valueOf(given, tags.integer)
  if (value.length === 0) throw new NotDer('a number that is none')
  return BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString('hex')}`))
}
