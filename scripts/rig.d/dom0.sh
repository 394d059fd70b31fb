# SPDX-License-Identifier: ISC
#
# Makes what the machine boots: the hypervisor, dom0's kernel and dom0's root, an initramfs of
# files picked from Debian packages. Sourced by scripts/rig. The root is a newc cpio
# (Documentation/driver-api/early-userspace/buffer-format.rst of Linux).

dom0_lists=$rig_d/dom0
loader=usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2

# A list without its comments, one word a line.
words_of() { # FILE
	sed 's/#.*//' "$1" | tr -s ' \t' '\n\n' | sed '/^$/d'
}

# What dom0 is made from: any change of it makes another dom0.
dom0_key() {
	{
		echo "$suite"
		cat "$rig_d/dom0.sh" "$dom0_lists"/*
	} | sha256sum | cut -c1-16
}

# Runs depmod or modprobe of the unpacked packages on this machine, with their own libraries and
# loader.
run_kmod() { # TREE NAME ARG...
	local tree=$1 name=$2
	shift 2
	"$tree/$loader" --inhibit-cache --argv0 "$name" \
		--library-path "$tree/usr/lib/x86_64-linux-gnu" "$tree/usr/bin/kmod" "$@"
}

# Prints the shared libraries, as paths from /, that the ELF files named on stdin need.
libraries_of() { # TREE
	local tree=$1 file
	while read -r file; do
		# What is no dynamic ELF has none; busybox is static.
		[ -f "$tree/$file" ] && [ "$(head -c 4 "$tree/$file" | tail -c 3)" = ELF ] || continue
		[ "$file" != usr/bin/busybox ] || continue
		"$tree/$loader" --inhibit-cache --library-path \
			"$tree/usr/lib/x86_64-linux-gnu" --list "$tree/$file" 2>/dev/null || true
	done | awk -v tree="$tree/" '
		{ path = ($2 == "=>") ? $3 : $1 }
		index(path, tree) == 1 && path !~ /ld-linux/ { print substr(path, length(tree) + 1) }' | sort -u
}

# Prints the files, as paths from /, that dom0 gets of the unpacked packages.
dom0_files() { # TREE
	local tree=$1 part
	part=$(mktemp)
	(
		cd "$tree"
		words_of "$dom0_lists/files" | while read -r glob; do
			found=no
			for path in $glob; do
				[ -e "$path" ] || [ -L "$path" ] || continue
				found=yes
				find "$path" ! -type d
			done
			[ $found = yes ] || echo "rig: warning: no $glob in the packages" >&2
		done
	) >"$part"
	{
		cat "$part"
		echo usr/lib64/ld-linux-x86-64.so.2
		echo $loader
		libraries_of "$tree" <"$part" | while read -r path; do
			echo "$path"
			# The file behind the name.
			realpath --relative-to="$(realpath "$tree")" "$tree/$path"
		done
	} | sort -u
	rm -f "$part"
}

# Copies the modules that dom0 can load, with what they depend on.
dom0_modules() { # TREE STAGE
	local tree=$1 stage=$2 version
	version=$(ls "$tree/usr/lib/modules")
	[ -f "$tree/usr/lib/modules/$version/modules.dep.bin" ] ||
		run_kmod "$tree" depmod -b "$tree" "$version"
	words_of "$dom0_lists/modules" | while read -r module; do
		run_kmod "$tree" modprobe -C /dev/null -d "$tree" -S "$version" --show-depends "$module" ||
			die "dom0: expected the kernel module $module in the packages, got none"
	done | sed -n "s|^insmod $tree/\([^ ]*\).*|\1|p" | sort -u |
		sed 's|^lib/|usr/lib/|' | copy_files "$tree" "$stage"
	copy_files "$tree" "$stage" <<-EOF
		usr/lib/modules/$version/modules.builtin
		usr/lib/modules/$version/modules.builtin.modinfo
		usr/lib/modules/$version/modules.order
	EOF
	run_kmod "$tree" depmod -b "$stage" "$version"
}

copy_files() { # TREE STAGE, names on stdin
	tar -C "$1" -cf - --no-recursion -T - | tar -C "$2" -xf -
}

# The ELF inside Debian's bzImage (Documentation/arch/x86/boot.rst: setup_sects, payload_offset,
# payload_length): a kernel that need not unpack itself saves seconds under emulation.
extract_kernel() { # BZIMAGE ELF
	local sects offset length start
	sects=$(od -An -tu1 -j $((0x1f1)) -N1 "$1")
	offset=$(od -An -tu4 -j $((0x248)) -N4 "$1")
	length=$(od -An -tu4 -j $((0x24c)) -N4 "$1")
	start=$(((sects + 1) * 512 + offset))
	# The last four bytes are the unpacked length, no part of the stream.
	tail -c +$((start + 1)) "$1" | head -c $((length - 4)) | unpack_any >"$2" || true
	[ "$(head -c 4 "$2" | tail -c 3)" = ELF ] ||
		die "dom0: expected an ELF kernel inside $1, got none"
}

unpack_any() {
	local magic tmp
	tmp=$(mktemp)
	cat >"$tmp"
	magic=$(od -An -tx1 -N4 "$tmp" | tr -d ' ')
	case $magic in
	fd377a58) xz -dc --single-stream "$tmp" ;;
	28b52ffd) zstd -dc "$tmp" ;;
	1f8b*) gzip -dc "$tmp" ;;
	*) echo "rig: unknown compression of the kernel: $magic" >&2 ;;
	esac
	rm -f "$tmp"
}

# Names, links and settings that no package ships.
dom0_furnish() { # STAGE
	local stage=$1 name
	(
		cd "$stage"
		mkdir -p dev proc sys run tmp root/kinglet root/out var/log/xen/console var/lib/xen/dump \
			var/lib/nsd var/tmp mnt etc/default usr/bin usr/sbin
		ln -sfn /run var/run
		ln -sfn /run/lock var/lock
		ln -sfn bash usr/bin/sh
		for name in lsmod modprobe insmod rmmod depmod modinfo; do ln -sf ../bin/kmod usr/sbin/$name; done
		ln -sf mawk usr/bin/awk
		ln -sf nc.openbsd usr/bin/nc
		[ -e usr/bin/socat ] || ln -s socat1 usr/bin/socat
		for name in $("$1/usr/bin/busybox" --list); do
			[ -e "usr/bin/$name" ] || [ -e "usr/sbin/$name" ] || [ -L "usr/sbin/$name" ] ||
				ln -s busybox "usr/bin/$name"
		done
		printf 'root:x:0:0:root:/root:/bin/bash\nnsd:x:101:101::/var/lib/nsd:/bin/false\nnobody:x:65534:65534::/:/bin/false\n' >etc/passwd
		printf 'root:x:0:\nnsd:x:101:\nnogroup:x:65534:\n' >etc/group
		printf '127.0.0.1 localhost\n::1 localhost\n10.0.0.1 dom0\n' >etc/hosts
		printf 'hosts: files dns\npasswd: files\ngroup: files\n' >etc/nsswitch.conf
		echo dom0 >etc/hostname
		printf 'autoballoon="off"\nvif.default.bridge="xenbr0"\n' >etc/xen/xl.conf
		ln -sfn /proc/mounts etc/mtab
	)
	install -m 755 "$dom0_lists/init" "$stage/init"
	install -m 755 "$dom0_lists/agent" "$stage/usr/sbin/rig-agent"
	install -m 755 "$dom0_lists/vif-fast" "$stage/etc/xen/scripts/vif-fast"
	install -m 644 "$dom0_lists/profile" "$stage/etc/profile"
}

# Leaves xen, vmlinux, dom0.cpio and files.list in build/rig/dom0-KEY and its path in $dom0.
dom0_build() { # KEY
	local tree=$rig_build/debs-$suite stage part
	dom0=$rig_build/dom0-$1
	[ ! -f "$dom0/done" ] || return 0
	# One of an earlier description is of no use.
	rm -rf "$rig_build"/dom0-*
	progress "packages of Debian $suite for dom0"
	# shellcheck disable=SC2046
	"$root/scripts/apt-private" debs ${force:+--refresh} "$suite" "$tree" $(words_of "$dom0_lists/packages") >&2
	part=$dom0.part
	rm -rf "$part"
	mkdir -p "$part/root"
	stage=$part/root
	progress "dom0's root: picking files"
	mkdir -p "$stage/usr/bin" "$stage/usr/sbin" "$stage/usr/lib" "$stage/usr/lib64"
	for d in bin sbin lib lib64; do ln -s "usr/$d" "$stage/$d"; done
	dom0_files "$tree" | copy_files "$tree" "$stage"
	dom0_modules "$tree" "$stage"
	dom0_furnish "$stage"
	(cd "$stage" && find . ! -type d | sed 's|^\./||' | sort) >"$part/files.list"
	progress "dom0's root: packing"
	(cd "$stage" && find . | "$tree/usr/bin/busybox" cpio -o -H newc -R 0:0 2>/dev/null) >"$part/dom0.cpio"
	gzip -dc "$tree"/boot/xen-4.17-amd64.gz >"$part/xen"
	extract_kernel "$(echo "$tree"/boot/vmlinuz-*-amd64)" "$part/vmlinux"
	cp "$tree.debs" "$part/debs.list"
	rm -rf "$stage" "$dom0"
	: >"$part/done"
	mv "$part" "$dom0"
	progress "dom0: $(du -m "$dom0/dom0.cpio" | cut -f1) MB root, $(wc -l <"$dom0/files.list") files"
}
