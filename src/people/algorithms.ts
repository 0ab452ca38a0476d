/** RFC 8725 §3.1: these, whatever a signature says of itself. SMART App Launch asks for ES384. */
export const algorithms = ['ES256', 'ES384', 'PS256', 'Ed25519']
