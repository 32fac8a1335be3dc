#!/bin/sh
# The browser tests drive the system's Chromium: find it, or install it where we may.
set -eu
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests …"
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium >/dev/null
    exit 0
fi
echo "The tests need a Chromium browser. Install one (Debian: sudo apt install chromium), then run make test again." >&2
exit 1
