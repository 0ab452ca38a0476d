/** People are known by the cookie of a browser and proofs of its key; in a demonstration by a bearer token as well. */
import { isHere, type Admission, type Credentials } from './credentials.ts'
import type { Proofs } from './proofs.ts'
import type { SessionKeeper, Standing } from './sessions/index.ts'

export interface PersonsOptions {
  sessions: SessionKeeper
  proofs: Proofs
  isDemo: boolean
}

export type AdmitPerson = (credentials: Credentials) => Admission | Promise<Admission>

export function admitPersons({ sessions, proofs, isDemo }: PersonsOptions): AdmitPerson {
  const challenged = (error: string): Admission => ({ status: 'invalid', ...proofs.challenge(error) })

  function settle(credentials: Credentials, standing: Standing | undefined): Admission | Promise<Admission> {
    const { scheme } = credentials
    if (scheme === 'cookie') return ofBrowser(credentials, standing)
    // A token that is bound is not good as a plain one, and is sent by a cookie alone.
    if (scheme === 'dpop') return challenged('invalid_token')
    const isGood = isDemo && standing?.session.isPlain === true && isHere(credentials)
    return isGood ? valid(credentials, standing) : { status: 'invalid' }
  }

  function ofBrowser(
    credentials: Credentials,
    standing: Standing | undefined,
  ): Admission | Promise<Admission> {
    const { proofs: sent, method, url, origin } = credentials
    const key = standing?.session.key
    if (!standing || key === undefined || !isOwnPage(credentials)) return challenged('invalid_token')
    const [proof, second] = sent
    if (proof === undefined) return challenged('use_dpop_nonce')
    if (second !== undefined) return challenged('invalid_dpop_proof')
    const asked = { proof, method, url, bound: standing.session.id, thumbprint: key }
    const judged = isReading(method) ? proofs.judgeReading(asked, origin) : proofs.judge(asked)
    return judged instanceof Promise
      ? judged.then((later) => proven(credentials, standing, later))
      : proven(credentials, standing, judged)
  }

  function proven(credentials: Credentials, standing: Standing, judged: 'good' | 'bad' | 'nonce'): Admission {
    if (judged === 'good') return valid(credentials, standing)
    return challenged(judged === 'nonce' ? 'use_dpop_nonce' : 'invalid_dpop_proof')
  }

  function valid({ token }: Credentials, standing: Standing): Admission {
    // Where it is not written down the session ends a minute early, elsewhere.
    sessions.touch(standing)?.catch(() => {})
    const stands = async () => (await sessions.judge(token)) !== undefined
    return { status: 'valid', principal: standing.principal, stands }
  }

  return (credentials) => {
    const standing = sessions.judge(credentials.token)
    if (standing instanceof Promise) return standing.then((later) => settle(credentials, later))
    return settle(credentials, standing)
  }
}

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD'

/** What changes something is taken from our own pages alone, what reads from no page of others: the proof says so too. */
const isOwnPage = ({ method, page }: Credentials): boolean =>
  page === 'own' || (page === 'unsaid' && isReading(method))
