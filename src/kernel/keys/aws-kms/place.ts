/** Which AWS KMS, and who we are to it: kept in home.json, never in the database. */
export interface AwsKmsPlace {
  /** A random name; KMS binds the key to it as part of the encryption context, and writes it into its trail. */
  house: string
  region: string
  /** The key's ARN, id or alias. */
  key: string
  /** `instance-role`, or a credentials file in AWS's format, closed to others. */
  credentials: string
  /** Another address than the region's own, such as that of a VPC endpoint. https, or this machine. */
  endpoint?: string
  /** PEM: who may sign the certificate of that address. */
  ca?: string
  timeoutSeconds?: number
}

export interface AwsKmsSecret {
  kind: 'aws-kms'
  place: AwsKmsPlace
}
