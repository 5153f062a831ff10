# Prints what pgbench answers to scripts of its own with each of its protocols. Figures are for
# the reader of the log only.

pgbench --version

cat >simple.sql <<'SQL'
\set id random(1, 40)
select id, first_name, hire_date from learnamp.users where id = :id;
select count(*), min(happened_at) from learnamp.activities where user_id = :id;
SQL
cat >gset.sql <<'SQL'
select min(id) as low, max(id) as high from learnamp.users \gset
\set id random(:low, :high)
select first_name, coalesce(manager_id, :low) as boss from learnamp.users where id = :id \gset u_
select count(*) from learnamp.users where id = :u_boss;
\if :low > :high
select 1 / 0;
\endif
select 1 as a \; select 2 as b \aset
SQL
cat >transaction.sql <<'SQL'
begin isolation level repeatable read;
savepoint a;
select sum(score) from learnamp.activities;
rollback to a;
select date_trunc('month', happened_at) as month, count(*) from learnamp.activities group by 1 order by 1;
end;
SQL
cat >pipeline.sql <<'SQL'
\set id random(1, 40)
\startpipeline
select first_name from learnamp.users where id = :id;
select count(*) from learnink.users;
select l.name, count(*) from learnamp.users u join learnamp.locations l on l.id = u.location_id group by 1 order by 2 desc;
\endpipeline
SQL
cat >failing.sql <<'SQL'
select 1;
select 1 / 0;
SQL

# Without figures, and without the order in which clients say things.
plain() {
  sed -E -e '/^(latency|tps|initial connection|pgbench \(|maximum number of tries|  *[0-9.]+ )/d' \
    -e 's/[0-9]+\.[0-9]+ ms/TIME/' -e '/^ +- (latency|tps)/d' -e '/(latency|tps) /d'
}

for protocol in simple extended prepared; do
  for script in simple gset transaction pipeline failing; do
    [ $protocol.$script = simple.pipeline ] && continue
    echo "### $protocol $script"
    status=0
    # One thread: two write into each other's lines when clients fail at once.
    pgbench -n -M $protocol -c 4 -j 1 -t 25 -f $script.sql >out 2>errors || status=$?
    plain <out
    sed -E 's/client [0-9]+/client N/' errors | sort -u
    echo "exit $status"
  done
done
echo '### mixed'
pgbench -n -M prepared -c 8 -j 2 -t 20 -r -f simple.sql@3 -f transaction.sql@1 2>&1 | grep -c 'number of transactions actually processed: 160/160'
echo '### connecting'
pgbench -n -C -c 2 -t 10 -f simple.sql 2>&1 | grep 'actually processed'
echo '### made tables'
pgbench -i 2>&1 | sed -E 's/[0-9.]+ s/S/g' || true
