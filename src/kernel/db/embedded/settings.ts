/** PostgreSQL's configuration, written anew at each start so that a newer program brings its newer settings. */
export interface Settings {
  sockets: string
  connectionsMax: number
  durable: boolean
}

export function configuration({ sockets, connectionsMax, durable }: Settings): string {
  const settings: [name: string, value: string | number, why: string][] = [
    ['listen_addresses', '', 'the Unix socket is the only way in'],
    ['unix_socket_directories', sockets, ''],
    ['unix_socket_permissions', '0700', 'for the user of PostgreSQL and root alone'],
    ['max_connections', connectionsMax, 'a few pools of ten; each one costs memory whether used or not'],
    ['superuser_reserved_connections', 3, 'maintenance gets in when the pools have taken the rest'],

    ['shared_buffers', '96MB', 'the machine may have 1 GB; the kernel caches the rest'],
    ['effective_cache_size', '512MB', ''],
    ['work_mem', '8MB', ''],
    ['maintenance_work_mem', '64MB', ''],
    ['huge_pages', 'off', 'not to be had on small machines; saves the attempt'],
    ['io_method', 'sync', 'spares three processes; the kernel reads ahead'],
    ['max_parallel_workers_per_gather', 0, 'our statements are short, and one core is not ours'],
    ['jit', 'off', 'compiling costs more than any statement of ours'],
    ['random_page_cost', 1.1, 'disks without moving heads'],

    ['fsync', durable ? 'on' : 'off', 'an acknowledged write survives a power cut'],
    ['synchronous_commit', durable ? 'on' : 'off', ''],
    ['full_page_writes', durable ? 'on' : 'off', ''],
    [
      'wal_level',
      'minimal',
      'no replica or archive: the log keeps no older copy of a wrapped key than needed',
    ],
    ['max_wal_senders', 0, ''],
    ['wal_compression', 'off', 'page images after a checkpoint are the larger part of the log'],
    ['min_wal_size', '64MB', 'four segments are kept and reused'],
    ['max_wal_size', '512MB', ''],
    ['checkpoint_timeout', '10min', ''],
    ['autovacuum_vacuum_scale_factor', 0.05, 'dead rows may hold a destroyed key: they go soon'],
    ['autovacuum_naptime', '30s', ''],

    // Nothing that a statement carries may reach the log. An error's own words can quote a value ("invalid input
    // syntax for type uuid: …"), its detail quotes whole rows; who sent the statement gets both, the log neither.
    ['log_min_messages', 'log', 'errors of statements are not logged at all, only the server’s own events'],
    ['log_min_error_statement', 'panic', ''],
    ['log_error_verbosity', 'terse', 'no detail, hint or context'],
    ['log_statement', 'none', ''],
    ['log_min_duration_statement', -1, ''],
    ['log_parameter_max_length', 0, ''],
    ['log_parameter_max_length_on_error', 0, ''],
    ['log_checkpoints', 'off', 'keeps the log small'],
    ['log_autovacuum_min_duration', -1, ''],
    ['log_destination', 'stderr', 'a file in the home, bounded at each start'],
    ['log_line_prefix', '%m [%p] ', ''],
    ['log_timezone', 'UTC', ''],
    ['timezone', 'UTC', ''],
    ['lc_messages', 'C', ''],
  ]
  const lines = settings.map(
    ([name, value, why]) => `${name} = '${String(value).replaceAll("'", "''")}'${why ? `  # ${why}` : ''}`,
  )
  return ['# Written by Sigilo at each start.', ...lines, ''].join('\n')
}

/** No password anywhere: the kernel tells PostgreSQL which OS user is at the other end of the socket. */
export const hostBasedAuthentication = 'local all all peer map=sigilo\n'

export function identityMap(users: Iterable<string>): string {
  const lines = [...new Set(users)].flatMap((user) => [
    `sigilo "${user}" sigilo`,
    `sigilo "${user}" postgres`,
  ])
  return lines.join('\n') + '\n'
}
