import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TokenAnswer, TokenRequest } from './messages.ts'

const program = fileURLToPath(new URL('./process.ts', import.meta.url))

/** For the module to end once it has answered; some never do. */
const closingMs = 2000

/**
 * Asks a token, in a process of its own that is killed when it does not answer in time. The PIN goes through its
 * channel: neither its arguments nor its environment hold it. What the module prints is dropped.
 */
export function askToken(request: TokenRequest): Promise<TokenAnswer> {
  const { seconds } = request
  return new Promise((resolve) => {
    const child = fork(program, [], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    let answer: TokenAnswer | undefined
    const unreachable = (reason: string): TokenAnswer => ({
      status: 'refused',
      fault: 'unreachable',
      where: request.module,
      seconds,
      reason,
    })
    let timer = setTimeout(() => {
      answer ??= unreachable('no answer')
      child.kill('SIGKILL')
    }, seconds * 1000)
    child.once('message', (message: TokenAnswer) => {
      answer ??= message
      clearTimeout(timer)
      timer = setTimeout(() => child.kill('SIGKILL'), closingMs)
    })
    child.once('error', (error) => (answer ??= unreachable(error.message)))
    // `exit` may come before the message that was sent last; `close` comes after the channel is read.
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve(
        answer ?? {
          status: 'refused',
          fault: 'failed',
          where: request.module,
          reason: `the module ended its process (${signal ?? code})`,
        },
      )
    })
    child.send(request, (error) => {
      if (error) child.kill('SIGKILL')
    })
  })
}
