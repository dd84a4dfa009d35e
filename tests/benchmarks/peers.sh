#!/bin/sh
# Opens and exports one painting in Lacuna and in the other programs that are installed here.
#
#     sh tests/benchmarks/peers.sh [megapixels] [folder on a disk]
#
# Prints wall seconds, CPU seconds and the most memory of each run, the medians of three in turns;
# a program that is not installed is left out, and said to be. The painting is uncompressed 16-bit
# RGB in strips, in the page cache. PYTHON names the interpreter that has Lacuna's libraries; what
# starting it takes is in Lacuna's rows, and a row of its own.
# The picture in Lacuna's own window is measured by opening.py, which runs last.
set -eu

megapixels=${1:-50}
python=${PYTHON:-python}
rounds=3
here=$(cd "$(dirname "$0")" && pwd)
PYTHONPATH=$(cd "$here/../.." && pwd)
export PYTHONPATH
folder=$(mktemp -d ${2:+"$2/peers.XXXXXX"})
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

painting=$folder/painting.tif
out=$folder/out.tif
has() { command -v "$1" >/dev/null 2>&1; }

"$python" - "$painting" "$megapixels" <<'END'
import sys
from pathlib import Path
from tests.benchmarks.export_peers import make
make(Path(sys.argv[1]), float(sys.argv[2]))
END

# Run a command and add its figures to a program's.
measure() {
    name=$1
    shift
    rm -f "$out"
    if ! "$python" - "$folder/$name" "$@" <<'END'
import os, subprocess, sys, time
place, *command = sys.argv[1:]
start = time.perf_counter()
with open(os.devnull, "w") as nowhere:
    process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere)
_, status, usage = os.wait4(process.pid, 0)
wall_s = time.perf_counter() - start
unit = 1 if sys.platform == "darwin" else 1024
with open(place, "a") as file:
    print(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6, file=file)
sys.exit(status != 0)
END
    then
        echo "$name: failed" >&2
        rm -f "$folder/$name"
    fi
}

gimp=
for name in gimp-console gimp; do
    if [ -z "$gimp" ] && has "$name"; then gimp=$name; fi
done
gimp_saves() {
    case $("$gimp" --version) in
    *" 3."*) echo '(gimp-file-save RUN-NONINTERACTIVE image "'"$out"'")' ;;
    *) echo '(gimp-file-save RUN-NONINTERACTIVE image (car (gimp-image-get-active-drawable image))
        "'"$out"'" "'"$out"'")' ;;
    esac
}
gimp_loads='(gimp-file-load RUN-NONINTERACTIVE "'"$painting"'")'
case ${gimp:+$("$gimp" --version)} in
*" 2."*) gimp_loads='(gimp-file-load RUN-NONINTERACTIVE "'"$painting"'" "'"$painting"'")' ;;
esac
in_gimp() {
    "$1" "$2" "$gimp" -i -d -f --batch-interpreter=plug-in-script-fu-eval \
        -b "(let ((image (car $gimp_loads))) $3)" -b '(gimp-quit 1)'
}

round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    measure "Lacuna, started only" "$python" "$here/export_peers.py" --do nothing "$painting" "$out"
    for doer in "Lacuna, proved" "Lacuna, written"; do
        measure "$doer" "$python" "$here/export_peers.py" --do "$doer" "$painting" "$out"
    done
    if has vips; then
        measure "vips thumbnail" vips thumbnail "$painting" "$out" 1440
        measure "vips copy" vips copy "$painting" "$out"
    fi
    if [ -n "$gimp" ]; then
        in_gimp measure "GIMP load" '#t'
        in_gimp measure "GIMP load and export" "$(gimp_saves)"
    fi
    if has krita; then
        QT_QPA_PLATFORM=offscreen measure "Krita load and export" \
            krita --export --export-filename "$out" "$painting"
    fi
done
for name in vips krita; do
    has "$name" || echo "$name is not installed; left out."
done
[ -n "$gimp" ] || echo "gimp is not installed; left out."

echo "$megapixels MP, medians of $rounds rounds"
"$python" - "$folder" <<'END'
import statistics, sys
from pathlib import Path
print(f"{'':28} {'wall s':>8} {'CPU s':>8} {'RSS MB':>8}")
for place in sorted(Path(sys.argv[1]).iterdir()):
    if place.suffix == "" and place.is_file():
        runs = [[float(x) for x in line.split()] for line in place.read_text().splitlines()]
        wall, cpu, memory = map(statistics.median, zip(*runs))
        print(f"{place.name:28} {wall:8.2f} {cpu:8.2f} {memory:8.0f}")
END
"$python" "$here/opening.py" --megapixels "$megapixels" --only "uncompressed strips" \
    --folder "$folder"
