/** Of oidc-provider, which has no types of its own, what is used here. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Context {
    req: IncomingMessage
    oidc?: { client?: { clientId: string } }
  }

  export interface StoredModel {
    jti?: string
    kind?: string
    clientId?: string
    scope?: string
    jkt?: string
    iat?: number
    exp?: number
  }

  export interface ModelAdapter {
    upsert(id: string, payload: StoredModel, expiresIn: number): Promise<void>
    find(id: string): Promise<object | undefined>
    destroy(id: string): Promise<void>
    consume(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
    findByUid(uid: string): Promise<undefined>
    findByUserCode(code: string): Promise<undefined>
  }

  export class Provider {
    constructor(issuer: string, configuration: object)
    static get ctx(): Context | undefined
    proxy: boolean
    /** Koa's: prints nothing. */
    silent: boolean
    ClientCredentials: { prototype: { format?: string; generateTokenId(): string } }
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    on(event: 'server_error', listener: (context: Context, error: Error) => void): this
  }

  export const errors: Record<'InvalidClient' | 'InvalidRequest', new (description: string) => Error> & {
    InvalidScope: new (description: string, scope: string) => Error
  }
}
