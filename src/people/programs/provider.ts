/** `/oauth`: oidc-provider over our rows. It is loaded when it is first asked, since it takes longer than a start may. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ModelAdapter, Provider as OidcProvider } from 'oidc-provider'
import { randomBytes } from '#kernel/crypto/index.ts'
import { algorithms } from '../algorithms.ts'
import type { Authority, Who } from '../authority/index.ts'
import { newToken, type Tokens } from './tokens.ts'
import { isWithin, scopeWords } from './scopes.ts'
import type { Program } from './values.ts'

export type Endpoint = 'token' | 'revoke'

export const endpoints: Readonly<Record<Endpoint, string>> = {
  token: '/oauth/token',
  revoke: '/oauth/revoke',
}

/** A plain token: a working day. */
const plainSeconds = 8 * 3600
/** One that is bound to a key; whoever has the key soon has another. */
const boundSeconds = 300
/** SMART App Launch, backend services: an assertion ends within five minutes. */
const assertionSecondsMax = 300
const assertionIdMax = 256

export interface ProviderOptions {
  authority: Authority
  tokens: Tokens
  /** Where the server is reached, such as `https://vault.example.org`. */
  origin: string
  /** Milliseconds since 1970. */
  now: () => number
  onFault: (error: Error) => void
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export async function createProvider({
  authority,
  tokens,
  origin,
  now,
  onFault,
}: ProviderOptions): Promise<Handle> {
  const { errors, Provider } = await loadProvider()

  /** Who asks, in whose request we are. */
  const who = (): Who => {
    const context = Provider.ctx
    const program = context?.oidc?.client?.clientId
    if (!context || program === undefined) throw new Error('nobody has asked for this')
    return { actor: program, client: program, address: context.req.socket.remoteAddress ?? 'unknown' }
  }

  const nothing: ModelAdapter = {
    upsert: (_, { kind = 'this' }) => Promise.reject(new Error(`${kind} is not kept`)),
    find: async () => undefined,
    destroy: () => Promise.reject(new Error('nothing is kept of this')),
    consume: () => Promise.reject(new Error('nothing is kept of this')),
    revokeByGrantId: () => Promise.reject(new Error('nothing is kept of this')),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  }

  const adapters: Record<string, ModelAdapter> = {
    Client: {
      ...nothing,
      async find(id) {
        const program = await authority.find<Program>('program', id)
        return program && !program.value.isRevoked ? metadataOf(program.value) : undefined
      },
    },
    ClientCredentials: {
      ...nothing,
      async upsert(token, { clientId = '', scope = '', iat = 0, exp = 0, jkt }) {
        const owner = await authority.find<Program>('program', clientId)
        // It takes out of a request what it does not know, and asks nobody where nothing is left.
        if (!owner || !isWithin(scope, owner.value.scope))
          throw new errors.InvalidScope('requested scope is not allowed', scope)
        const bound = jkt === undefined ? {} : { thumbprint: jkt }
        await tokens.give(token, { program: clientId, scope, issuedAt: iat, endsAt: exp, ...bound }, who())
      },
      async find(token) {
        const row = await tokens.find(token)
        if (!row || row.value.isRevoked) return undefined
        const { program, scope, issuedAt, endsAt } = row.value
        return { jti: token, kind: 'ClientCredentials', clientId: program, scope, iat: issuedAt, exp: endsAt }
      },
      destroy: (token) => tokens.takeBack(token, who()),
    },
    ReplayDetection: {
      ...nothing,
      // It is asked first whether the id is known, and then told to keep it: of two at once both would be told that it is not. So what
      // counts is who keeps it first.
      async upsert(id, _, seconds) {
        const endsAt = new Date(now() + seconds * 1000)
        if (!(await authority.useOnce('assertion', id, endsAt))) throw new errors.InvalidClient('used before')
      },
    },
  }

  const provider = new Provider(origin, {
    adapter: (name: string) => adapters[name] ?? nothing,
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: algorithms, dPoPSigningAlgValues: algorithms },
    scopes: [...scopeWords],
    features: {
      clientCredentials: { enabled: true },
      revocation: { enabled: true, allowedPolicy: isOwn },
      dPoP: {
        enabled: true,
        nonceSecret: Buffer.from(randomBytes(32)),
        requireNonce: () => false,
        allowReplay: false,
      },
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: { enabled: false },
    },
    routes: { token: endpoints.token, revocation: endpoints.revoke },
    // It signs nothing and keeps nothing in a browser: both are asked for at the start, and end with the process.
    jwks: { keys: [await ownKey()] },
    cookies: { keys: [Buffer.from(randomBytes(32)).toString('hex')] },
    clockTolerance: 5,
    ttl: {
      ClientCredentials: (_: unknown, __: unknown, client: { dpopBoundAccessTokens?: boolean }) =>
        client.dpopBoundAccessTokens ? boundSeconds : plainSeconds,
    },
    clientBasedCORS: () => false,
    assertJwtClientAuthClaimsAndHeader(_: unknown, { exp, jti, aud }: Record<string, unknown>) {
      if (typeof exp !== 'number' || exp > now() / 1000 + assertionSecondsMax)
        throw new errors.InvalidClient('the assertion must end within five minutes')
      if (typeof jti !== 'string' || jti.length > assertionIdMax)
        throw new errors.InvalidClient('the jti of the assertion is too long')
      if (typeof aud !== 'string')
        throw new errors.InvalidClient('the assertion must be for this server alone')
    },
  })
  provider.ClientCredentials.prototype.generateTokenId = function generateTokenId() {
    this.format = 'opaque'
    return newToken()
  }
  // What fails is told to `onFault`, and not to the terminal.
  provider.silent = true
  provider.on('server_error', (_, error) => onFault(error))
  return asProxied(provider, new URL(origin))
}

/** It makes its own address of what these headers say: that is ours to say, and no sender's. */
function asProxied(provider: OidcProvider, { host, protocol }: URL): Handle {
  provider.proxy = true
  const handle = provider.callback()
  return (request, response) => {
    const setHeader = response.setHeader.bind(response)
    // No page of another origin is to read an answer: it opens them to all.
    response.setHeader = (name, value) => (/^access-control-/i.test(name) ? response : setHeader(name, value))
    for (const name of Object.keys(request.headers))
      if (name.startsWith('x-forwarded-')) delete request.headers[name]
    request.headers['x-forwarded-host'] = host
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
    return handle(request, response)
  }
}

const isOwn = async (
  _: unknown,
  client: { clientId: string },
  token: { clientId: string },
): Promise<boolean> => client.clientId === token.clientId

function metadataOf({ id, keys, scope, isPlain }: Program): object {
  return {
    client_id: id,
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    id_token_signed_response_alg: 'ES256',
    jwks: { keys: [...keys] },
    scope,
    dpop_bound_access_tokens: !isPlain,
  }
}

let loading: Promise<typeof import('oidc-provider')> | undefined

/** It is imported once, and whatever else is said meanwhile is said. */
function loadProvider(): Promise<typeof import('oidc-provider')> {
  return (loading ??= importProvider())
}

/** Under a Node.js that is no LTS line yet it says so at each import; it is tested here with the one that is installed. */
async function importProvider(): Promise<typeof import('oidc-provider')> {
  const { console: terminal } = globalThis
  const { warn } = terminal
  terminal.warn = (...said: unknown[]) => {
    if (!/oidc-provider WARNING: Unsupported runtime\./.test(String(said[0]))) warn(...said)
  }
  try {
    return await import('oidc-provider')
  } finally {
    terminal.warn = warn
  }
}

async function ownKey(): Promise<object> {
  const { exportJWK, generateKeyPair } = await import('jose')
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig' }
}
