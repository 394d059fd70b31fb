/* SPDX-License-Identifier: ISC */
/*
 * Put before a program by the loader's --preload: each socket that it binds has room for four
 * megabytes of datagrams. So a load generator loses nothing at its own door, where it could not
 * tell that from what a server has lost.
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int bind(int sock, const struct sockaddr *addr, socklen_t len)
{
	int room = 1 << 22;

	(void)syscall(SYS_setsockopt, sock, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return (int)syscall(SYS_bind, sock, addr, len);
}
