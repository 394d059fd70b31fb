# SPDX-License-Identifier: ISC
#
# Debian packages that a run adds to dom0 (--package): unpacked once per set, and what dom0 has
# already left out. Sourced by scripts/rig.

# Leaves in $packages_tar a tar of the packages' files, or nothing.
packages_prepare() {
	local key tree tar_file names
	[ ${#packages[@]} -gt 0 ] || return 0
	names=$(printf '%s\n' "${packages[@]}" | sort -u)
	key=$(printf '%s\n' "$suite" "$names" "$(basename "$dom0")" | sha256sum | cut -c1-16)
	tar_file=$rig_build/packages-$key.tar
	packages_tar=$tar_file
	[ ! -s "$tar_file" ] || return 0
	tree=$rig_build/packages-$key.tree
	# shellcheck disable=SC2086
	"$root/scripts/apt-private" debs "$suite" "$tree" $names >&2
	packages_files "$tree" | tar -C "$tree" --owner=0 --group=0 --numeric-owner --no-recursion \
		--blocking-factor=1 -T - -cf "$tar_file.part"
	# Without its end mark (two blocks of 512), so that the job's own tar can follow it.
	truncate -s -1024 "$tar_file.part"
	mv "$tar_file.part" "$tar_file"
	rm -rf "$tree" "$tree.debs"
	progress "packages ${packages[*]}: $(du -m "$tar_file" | cut -f1) MB"
}

# The files worth carrying: no documentation, nothing that dom0 has, no kernel.
packages_files() { # TREE
	(cd "$1" && find . ! -type d) | sed -n 's,^\./\(\(usr\|etc\|opt\|srv\|var\)/.*\),\1,p' |
		grep -vE '^usr/share/(doc|man|info|locale|lintian|bug|bash-completion|pixmaps|perl5/Debconf)/' |
		grep -vE '^usr/lib/(modules|x86_64-linux-gnu/gconv)/|^var/(cache|lib/dpkg)/' |
		sort >"$1.files"
	comm -23 "$1.files" "$dom0/files.list"
	rm -f "$1.files"
}
