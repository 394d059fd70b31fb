# SPDX-License-Identifier: ISC
# What the tests of disks share: the guest tests/guest/disk at 10.0.0.5, its commands, and files for disks. Sourced,
# after lib.bash.

guest=disk
tools=/root/rig-tools
files=/root/disks
mkdir -p $files
mount -t tmpfs -o size=300m tmpfs $files # where a loop device can discard
trap "umount -l $files" EXIT

sed 's/hello/disk/g; s/^extra.*/extra = "ip=10.0.0.5\/24"/; s/^memory.*/memory = 32/' hello.cfg |
	sed "s|\"disk.elf\"|\"$PWD/disk.elf\"|" >/root/disk.cfg

ask() { # COMMAND...: the guest's answer
	printf '%s\n' "$*" | socat -t 60 - TCP:10.0.0.5:7
}
says() { # TEXT COMMAND...: its answer begins so
	local text=$1 answer
	shift
	answer=$(ask "$@")
	[[ $answer == "$text"* ]] || { echo "$*: expected $text, got $answer"; return 1; }
}
lists() { # TEXT: of the disks
	ask list | grep -qF -- "$1"
}
image() { # NAME MIB: a file for a disk
	truncate -s "$2M" "$files/$1.img"
}
raw() { # NAME VDEV [SETTING...]: an xl disk
	local name=$1 vdev=$2 more=access=rw
	shift 2
	[ $# = 0 ] || more=$(IFS=,; echo "$*")
	echo "format=raw,vdev=$vdev,$more,target=$files/$name.img"
}

# Rounds of the load: each writes all of it and flushes.
rounds() { ask loaded | sed -n 's/^rounds=\([0-9]*\) .*/\1/p'; }
rounds_beyond() { [ "$(rounds)" -gt "$1" ]; }
