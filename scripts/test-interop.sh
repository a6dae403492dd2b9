#!/bin/sh
# Runs the tests against independent implementations from Python's package index, in a virtual environment of their own
# that is made once: the published opentera package (RPC, messages, web-RTC service) and aiortc (WebRTC).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
scripts/install.sh python3 python3-venv
venv=interop/.venv
if ! cmp -s interop/requirements.txt "$venv/installed.txt" 2>/dev/null; then
	echo "installing Python packages: $(tr '\n' ' ' <interop/requirements.txt)"
	python3 -m venv --clear "$venv"
	"$venv/bin/pip" install --quiet --disable-pip-version-check -r interop/requirements.txt
	cp interop/requirements.txt "$venv/installed.txt"
fi
exec "$venv/bin/python" -m pytest -q -rs -p no:cacheprovider interop "$@"
