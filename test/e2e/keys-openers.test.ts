import { test } from 'node:test'
import { noTour, tour } from './opener-tour.ts'

// Every pair: test/long/openers.test.ts.
test(
  'each kind of opener takes the place of another, and another its, on a live vault',
  { skip: noTour },
  (t) => tour(t, ['passphrase', 'kmip', 'aws-kms', 'pkcs11', 'shamir', 'key-file', 'passphrase']),
)
