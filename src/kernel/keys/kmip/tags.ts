/** KMIP 1.4 §9.1.3: the tags, operations and enumerations that we use. */
export const tag = {
  attribute: 0x420008,
  attributeName: 0x42000a,
  attributeValue: 0x42000b,
  batchCount: 0x42000d,
  batchItem: 0x42000f,
  blockCipherMode: 0x420011,
  cryptographicAlgorithm: 0x420028,
  cryptographicParameters: 0x42002b,
  nonce: 0x42003d,
  objectType: 0x420057,
  operation: 0x42005c,
  protocolVersion: 0x420069,
  protocolVersionMajor: 0x42006a,
  protocolVersionMinor: 0x42006b,
  requestHeader: 0x420077,
  requestMessage: 0x420078,
  requestPayload: 0x420079,
  responseMessage: 0x42007b,
  responsePayload: 0x42007c,
  resultMessage: 0x42007d,
  resultReason: 0x42007e,
  resultStatus: 0x42007f,
  templateAttribute: 0x420091,
  uniqueIdentifier: 0x420094,
  data: 0x4200c2,
  tagLength: 0x4200ce,
  additionalData: 0x4200fe,
  authenticationTag: 0x4200ff,
} as const

export const operation = { create: 0x01, activate: 0x12, encrypt: 0x1f, decrypt: 0x20 } as const

export const enumerated = { symmetricKey: 2, aes: 3, gcm: 9 } as const

/** Cryptographic usage mask: encrypt and decrypt, and nothing else. */
export const encryptAndDecrypt = 0x4 | 0x8

export const reason = {
  itemNotFound: 0x01,
  authenticationNotSuccessful: 0x03,
  invalidField: 0x07,
  featureNotSupported: 0x08,
  cryptographicFailure: 0x0a,
  illegalOperation: 0x0b,
  permissionDenied: 0x0c,
  generalFailure: 0x100,
} as const
