import type { Sql } from '#kernel/db/index.ts'

/** The same database, and what is asked of it: the text of each statement, without its values. */
export function watched(sql: Sql): { sql: Sql; statements: () => readonly string[] } {
  const statements: string[] = []
  const seen = new Proxy(sql, {
    apply(target, self, parts: [TemplateStringsArray, ...unknown[]]) {
      const text = parts[0].join(' ').trim()
      // Parts of statements are made in the same way.
      if (/^(select|insert|with|update|delete)\b/.test(text)) statements.push(text)
      return Reflect.apply(target, self, parts) as unknown
    },
  })
  return { sql: seen, statements: () => statements }
}
