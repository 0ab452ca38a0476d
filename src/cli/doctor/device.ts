import { examineDevice, type DeviceFault, type DeviceKind, type DeviceSeen } from '#kernel/keys/index.ts'
import type { HomeFound } from '../home/home.ts'
import { deviceText } from '../house/device-texts.ts'
import { unattendedSecret } from '../openers/sent.ts'
import type { Finding } from './checks.ts'

/** A certificate takes days to be renewed by whoever signs it. */
const renewDaysMin = 30
const dayMs = 86_400_000

/** The device that opens a home, as far as it is seen without using it. */
export type DeviceFacts = DeviceSeen & { kind: DeviceKind; certificateDays?: number }

export async function deviceFacts(found: HomeFound, now: () => number): Promise<DeviceFacts | undefined> {
  if (found.status !== 'ok') return undefined
  const secret = unattendedSecret(found.home)
  if (!secret || !('place' in secret)) return undefined
  const seen = await examineDevice(secret)
  const { kind } = secret
  if (!seen.certificateEnds) return { kind, ...seen }
  return { kind, ...seen, certificateDays: Math.floor((seen.certificateEnds.getTime() - now()) / dayMs) }
}

export function deviceFinding({ kind, faults, certificateDays: days, pin }: DeviceFacts): Finding {
  const faultText = (fault: DeviceFault) => deviceText({ status: 'device-refused', kind, ...fault })
  const [first] = faults
  if (first) return { status: 'bad', text: faultText(first) }
  if (pin === 'locked') return { status: 'bad', text: faultText({ fault: 'pin-locked' }) }
  if (pin === 'one-left' || pin === 'few-left') {
    return { status: 'warning', text: faultText({ fault: 'pin-last-try' }) }
  }
  if (days !== undefined && days < renewDaysMin) {
    return {
      status: 'warning',
      text: {
        es: `el certificado con que la bóveda se presenta a su servidor KMIP caduca en ${days} días`,
        en: `the certificate with which the vault presents itself to its KMIP server expires in ${days} days`,
      },
      cure: { es: 'Renuévelo en su archivo.', en: 'Renew it in its file.' },
    }
  }
  return {
    status: 'ok',
    text: {
      es: `el aparato que abre la bóveda (${kind}) está en orden, hasta donde se ve sin usarlo`,
      en: `the device that opens the vault (${kind}) is in order, as far as is seen without using it`,
    },
  }
}
