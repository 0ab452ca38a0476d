/** Every room that has tables, in the order in which their migrations run: the program's own list. */
export { migrations as rooms } from '#cli/house/migrations.ts'
