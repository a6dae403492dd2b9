#!/bin/sh
# Runs OpenTera's own API tests (release 1.3.0) over HTTP against `gotera core --enable_tests` on a PostgreSQL and a Redis of
# its own, all on loopback, all ended at the end.
#
#   OPENTERA_SRC=/somewhere/opentera/teraserver/python interop/conformance/run.sh [pytest arguments: user, device/test_X.py, -k ...]
#
# OPENTERA_SRC is a checkout of introlab/opentera, release 1.3.0, beside this project. Tests in differences.txt may fail: each
# stands there with its reason. Without arguments all four folders run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
: "${OPENTERA_SRC:?names the folder teraserver/python of a checkout of introlab/opentera, release 1.3.0}"
"$root/scripts/install.sh" python3 python3-venv postgresql redis-server
venv=$here/.venv
if ! [ -f "$venv/installed" ]; then
	echo "installing the Python packages that OpenTera's tests need"
	python3 -m venv --clear "$venv"
	grep -v -e pypiwin32 -e pylzma "$OPENTERA_SRC/env/requirements.txt" >"$venv/requirements.txt"
	"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$venv/requirements.txt"
	"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$venv/published" opentera==1.3.0
	touch "$venv/installed"
fi
# what OpenTera's build generates is not in the checkout but in the published package
if ! [ -f "$OPENTERA_SRC/opentera/OpenTeraServerVersion.py" ]; then
	mkdir -p "$OPENTERA_SRC/opentera/messages"
	cp -r "$venv/published/opentera/messages/." "$OPENTERA_SRC/opentera/messages/"
	cp "$venv/published/opentera/OpenTeraServerVersion.py" "$OPENTERA_SRC/opentera/"
fi

work=$(mktemp -d /tmp/gotera-conformance-XXXXXX)
chmod 711 "$work"
pids=
finish() {
	for pid in $pids; do kill "$pid" 2>/dev/null || true; done
	[ -f "$work/pg/postmaster.pid" ] && as "$bin/pg_ctl" -D "$work/pg" -m immediate stop >/dev/null 2>&1
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; } # PostgreSQL refuses to run as root
free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
mkdir "$work/pg"
if [ "$(id -u)" = 0 ]; then chown postgres "$work/pg"; fi
db_port=$(free) redis_port=$(free) port=$(free)
as "$bin/initdb" -D "$work/pg" -U teraagent --auth=trust --encoding=UTF8 --locale=C --no-sync >/dev/null
as "$bin/pg_ctl" -D "$work/pg" -w -l "$work/pg/log" -o "-k $work/pg -p $db_port -c listen_addresses=127.0.0.1 -c fsync=off" start >/dev/null
as "$bin/createdb" -h 127.0.0.1 -p "$db_port" -U teraagent opentera
redis-server --port "$redis_port" --bind 127.0.0.1 --save '' >"$work/redis.log" &
pids="$pids $!"

export CONF_DB="postgresql://teraagent:tera@127.0.0.1:$db_port/opentera" CONF_REDIS="127.0.0.1:$redis_port/0" \
	CONF_URL="http://127.0.0.1:$port" CONF_KNOWN="$here/differences.txt" OPENTERA_SRC PYTHONDONTWRITEBYTECODE=1
"$venv/bin/python" "$here/seed_db.py" >"$work/seed.log" 2>&1 || { cat "$work/seed.log"; exit 1; }

cat >"$work/core.json" <<JSON
{"Server": {"name": "conformance", "hostname": "127.0.0.1", "port": $port},
 "Database": {"db_type": "QPSQL", "name": "opentera", "url": "127.0.0.1", "port": $db_port, "username": "teraagent", "password": "tera"},
 "Redis": {"hostname": "127.0.0.1", "port": $redis_port, "db": 0, "username": "", "password": ""}}
JSON
(cd "$root" && go build -o "$work/gotera" ./cmd/gotera)
"$work/gotera" core --config "$work/core.json" --enable_tests=1 >"$work/core.log" 2>&1 &
core=$!
pids="$pids $core"
until grep -q 'core listens' "$work/core.log"; do
	kill -0 "$core" || { cat "$work/core.log"; exit 1; }
	sleep 0.1
done

[ $# -gt 0 ] || set -- user participant device service
for a in "$@"; do # pytest gets the folders and files with their place in the checkout
	shift
	case $a in user* | participant* | device* | service*) a=$OPENTERA_SRC/tests/modules/FlaskModule/API/$a ;; esac
	set -- "$@" "$a"
done
PYTHONPATH=$here:$OPENTERA_SRC "$venv/bin/python" -m pytest -q -p no:cacheprovider -p opentera_http --tb=short "$@"
