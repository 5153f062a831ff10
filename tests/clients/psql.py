"""Prints what psql lists and describes, each line with the command that printed it."""

import os
import subprocess

# Sizes and the settings of each server are its own, and so are the locales of its machine and the
# functions of upgrades, which minor releases add.
COMMANDS = r'''
\dn
\dn+
\dnS+
\dn nothing
\dt
\dt *.users
\dt learnink.*
\dt learn*.u*
\dt pg_catalog.*
\dt information_schema.*
\dt nothing
\dtS
\d
\d learnamp.users
\d+ learnamp.users
\d learnink.users
\d+ learning360.*
\d+ syllabase.*
\dt syllabase.*
\dp syllabase.*
\df+ syllabase.*
\sf syllabase.explain_change
\d learnink.users_pkey
\d pg_class_oid_index
\d nothing
\d+ pg_tables
\d+ information_schema.columns
\dS+ pg_class
\di
\di learnamp.*
\diS
\dv
\dvS
\dvS information_schema.*
\dvS+ pg_t*
\dm
\dmS
\ds
\dsS
\dE
\df
\df nothing
\df lower text
\df * int4 int4
\df+ lower
\df pg_catalog.array_*
\dfS [^b]*
\dfS b[^i]*
\dfS+ a*
\dfaS
\dfnS a*
\dfpS
\dftS
\dfwS
\da
\daS
\daS+ sum
\dT
\dTS
\dTS+
\do
\do + int4
\do - int4 int4
\doS
\doS+ =
\du
\du+
\du reporting
\duS+
\dg
\dg+
\dgS
\drds
\dd
\ddS
\ddp
\dx
\dx+
\dx plpgsql
\dp
\dp learnink.*
\dpS pg_class
\z learnamp.users
\encoding
\conninfo
\dC
\dC+
\dC int4
\dA
\dA+
\dAc
\dAc+
\dAc hash int8
\dAf
\dAf+
\dAf btree int4
\dAo
\dAo+
\dAo btree integer_ops
\dAp
\dAp+ btree float_ops
\db
\db+
\dc
\dc+
\dcS
\des
\des+
\det
\det+
\deu
\deu+
\dew
\dew+
\dF
\dF+
\dF+ english
\dFd
\dFd+
\dFp+
\dFt
\dFt+
\dl
\dO
\dO+
\dOS "C"
\dOS ucs_basic
\dP
\dP+
\dPi
\dPt
\dRp
\dRp+
\dRs
\dRs+
\dX
\dy
\dy+
\dD
\dDS+
\dL
\dL+
\dLS+
\sf lower
\sf+ lower(text)
\sf age(timestamptz)
\sf pg_catalog.lpad(text, integer)
\sf array_append
\sf nothing_such
\sv pg_tables
\sv+ information_schema.tables
\sv nothing_such
\dconfig work_mem
\dconfig+ *zone*
\dconfig search_path
\h select
\?
\copyright
\errverbose
'''


def psql(*options):
    ended = subprocess.run(["psql", "-X", *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return ended.stdout.replace(os.environ["PGPORT"], "PORT").splitlines()


def show(command, lines):
    for line in lines:
        print(f"{command}: {line}".rstrip())


os.environ["PAGER"] = "cat"
print(*psql("--version"))
for command in COMMANDS.strip().splitlines():
    show(command, psql("-c", command))
# The other databases of each server and the sizes of its files are its own.
show(r"\l", [line for line in psql("-At", "-c", r"\l") if line.startswith("acme|")])
for line in psql("-At", "-c", r"\dt+ learnamp.*"):
    fields = line.split("|")
    if not fields[6].endswith(("kB", "bytes")):
        raise SystemExit(f"no size: {line}")
    show(r"\dt+ learnamp.*", ["|".join(fields[:6] + fields[7:])])
