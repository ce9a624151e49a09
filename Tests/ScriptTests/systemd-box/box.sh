# shellcheck shell=bash
# A real systemd for a test: systemd-nspawn boots this machine's own files, of which an overlay in memory takes every
# write. Sourced; box_up, box_run and box_down are its three commands, and one box at a time is all there is.

box_seconds_max=60
box='' box_supervisor='' box_leader='' box_cgroup=''

# box_unavailable: says why no box can be had here; fails when one can.
box_unavailable() {
    if ((EUID != 0)); then
        echo "not root"
    elif ! command -v systemd-nspawn >/dev/null || [[ ! -x /lib/systemd/systemd ]]; then
        echo "systemd and systemd-container are not installed"
    elif ! grep -q overlay /proc/filesystems; then
        echo "the kernel has no overlay file system"
    else
        return 1
    fi
}

# box_up DIRECTORY…: boots the box, in which each DIRECTORY can be read at its own path.
box_up() {
    box=$(mktemp -d /var/tmp/egghead-box.XXXXXX)
    mount -t tmpfs -o mode=755 tmpfs "$box"
    mkdir "$box"/{upper,work,root}
    mount -t overlay -o "lowerdir=/,upperdir=$box/upper,workdir=$box/work" overlay "$box/root"
    box_tidy "$box/root"
    local options=(--quiet --directory="$box/root" --register=no --private-network --console=pipe --boot) directory
    for directory in "$@"; do options+=(--bind-ro="$directory"); done
    if [[ ! -d /run/systemd/system ]]; then
        # No systemd is there to give the box a scope, so it stays in a cgroup that is made here.
        box_cgroup=$(box_cgroup_mount)/${box##*/}
        mkdir "$box_cgroup"
        options+=(--keep-unit)
    fi
    box_spawn "${options[@]}" -- --log-target=journal --show-status=0
    box_eventually box_has_leader
    box_eventually box_has_booted
}

# What of the machine is no part of the test: its identity, its file systems, its services.
box_tidy() {
    local root=$1 unit
    : >"$root/etc/machine-id"
    : >"$root/etc/fstab"
    rm -rf "$root"/etc/systemd/system/* "$root"/etc/rc?.d "$root"/var/log/journal
    for unit in console-getty.service systemd-networkd.service systemd-resolved.service systemd-firstboot.service; do
        ln -s /dev/null "$root/etc/systemd/system/$unit"
    done
}

box_cgroup_mount() {
    if [[ -d /sys/fs/cgroup/unified ]]; then echo /sys/fs/cgroup/unified; else echo /sys/fs/cgroup; fi
}

box_spawn() {
    (
        [[ -z $box_cgroup ]] || echo "$BASHPID" >"$box_cgroup/cgroup.procs"
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec setsid systemd-nspawn "$@"
    ) >"$box/console.log" 2>&1 </dev/null &
    box_supervisor=$!
}

# The first process of the box is a child of systemd-nspawn, but not its first child.
box_has_leader() {
    box_leader=$(pgrep --parent "$box_supervisor" --exact systemd)
}

box_has_booted() {
    case $(box_run systemctl is-system-running --wait 2>/dev/null) in
        running | degraded) ;;
        *) return 1 ;;
    esac
}

# box_run COMMAND…: runs a command inside, as its root, and passes on what it says and how it ends.
box_run() {
    nsenter --target "$box_leader" --all -- \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root \
        SYSTEMD_PAGER= SYSTEMD_COLORS=0 "$@"
}

# box_down: powers the box off and removes every trace of it; does nothing when there is none.
box_down() {
    [[ -n $box ]] || return 0
    if [[ -n $box_leader ]]; then kill -s "$(($(kill -l RTMIN) + 4))" "$box_leader" || true; fi    # SIGRTMIN+4: power off
    if [[ -n $box_supervisor ]]; then
        box_eventually box_is_gone || kill -KILL "${box_leader:-$box_supervisor}"
        wait "$box_supervisor" || true
    fi
    umount --lazy "$box/root" "$box" 2>/dev/null || true
    rmdir "$box"
    if [[ -n $box_cgroup ]]; then
        # On a machine with both versions of cgroups, systemd-nspawn makes its own in the older one too.
        find "$box_cgroup" "/sys/fs/cgroup/systemd/${box##*/}" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    fi
    box='' box_supervisor='' box_leader='' box_cgroup=''
}

box_is_gone() { ! kill -0 "$box_supervisor" 2>/dev/null; }

# box_eventually COMMAND…: waits until a command succeeds; fails when it has not after a minute.
box_eventually() {
    local deadline=$((SECONDS + box_seconds_max))
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}
