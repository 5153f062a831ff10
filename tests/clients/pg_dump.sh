# Prints what pg_dump, pg_restore, pg_dumpall and pg_isready make of a database.
# The version of the server and the key of \restrict are each server's own; tables that refer to
# each other in a circle are named in the order of their oids. What the schema syllabase says of nights
# is another thing at each: its tables are dumped without rows.

pg_dump --version
export PGSSLMODE=disable

say() {
  echo "### $*"
  local status=0
  "$@" >out 2>errors || status=$?
  sed -e '/^-- Dumped from/d' -e '/^\\\(un\)\?restrict /d' -e "s/^\(127[.]0[.]0[.]1:\)$PGPORT/\1PORT/" out
  sort errors
  echo "exit $status"
}

said_of_nights='--exclude-table-data=syllabase.*'

say pg_isready
say pg_dump "$said_of_nights"
say pg_dump --schema-only
say pg_dump --create --schema-only
say pg_dump --clean --if-exists --schema-only
say pg_dump --schema-only --no-owner --no-privileges --no-comments
say pg_dump --data-only --inserts --schema=learnamp
say pg_dump --column-inserts --rows-per-insert=10 --table=learnink.users
say pg_dump --table='learnamp.u*'
say pg_dump --exclude-table='learnamp.*' --schema-only
say pg_dump --schema=learnink --exclude-table-data='*.users'
say pg_dump --exclude-schema='learn*' "$said_of_nights"
say pg_dump --table=nothing
say pg_dump --section=pre-data
say pg_dump --section=post-data
say pg_dump --schema-only --serializable-deferrable --table=learnink.users
say pg_dump --lock-wait-timeout=1000 --enable-row-security --table=learnink.users
say pg_dump --snapshot=nope
say pg_dump --format=custom --file=dump.custom "$said_of_nights"
say pg_restore --file=- dump.custom
say pg_dump --format=tar --table=learnink.users --file=dump.tar
say pg_restore --file=- dump.tar
echo '### contents'
pg_restore --list dump.custom | sed -e '/^;/d' -e 's/^[0-9]*; [0-9]* [0-9]* //'
say pg_dump --format=directory --schema=learnink --file=folder
say pg_restore --data-only --file=- folder
say pg_dump --format=directory --jobs=3 --file=many "$said_of_nights"
say pg_restore --file=- many
echo '### in another character set'
for table in locations tasks teams; do
  pg_dump --encoding=LATIN1 --table="learnamp.$table" | iconv -f LATIN1 -t UTF-8 |
    sed -e '/^-- Dumped from/d' -e '/^\\\(un\)\?restrict /d'
done
