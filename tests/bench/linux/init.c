/* SPDX-License-Identifier: ISC */
/*
 * Process 1 of a Linux guest that is nothing but one service: loads the modules that /modules
 * names, gives eth0 its address, and becomes the program that /service names, an argument a line.
 * The kernel's command line says "address=10.0.0.3/24".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ARGS_MAX 32
#define PATIENCE 10 /* seconds for the backend */

static void die(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void load_modules(void)
{
	FILE *list = fopen("/modules", "r");
	char path[200];

	while (list && fscanf(list, "%199s", path) == 1) {
		int fd = open(path, O_RDONLY);

		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) != 0)
			die(path);
		close(fd);
	}
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void up(int fd, const char *name)
{
	struct ifreq request = {0};

	strcpy(request.ifr_name, name);
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		die(name);
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		die(name);
}

static void set(int fd, unsigned long what, in_addr_t address)
{
	struct ifreq request = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;

	strcpy(request.ifr_name, "eth0");
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = address;
	if (ioctl(fd, what, &request) < 0)
		die("eth0's address");
}

/* "address=A.B.C.D/LEN" of the command line. */
static void read_address(in_addr_t *address, in_addr_t *mask)
{
	char line[1024] = "", text[32];
	FILE *file = fopen("/proc/cmdline", "r");
	const char *at;
	unsigned length;

	if (!file || !fgets(line, sizeof(line), file))
		die("/proc/cmdline");
	fclose(file);
	at = strstr(line, "address=");
	if (!at || sscanf(at, "address=%31[0-9.]/%u", text, &length) != 2 || length > 32 ||
		inet_pton(AF_INET, text, address) != 1) {
		errno = EINVAL;
		die("address=");
	}
	*mask = htonl(length ? ~0u << (32 - length) : 0);
}

static void network(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	double end = seconds() + PATIENCE;
	in_addr_t address, mask;

	read_address(&address, &mask);
	while (!if_nametoindex("eth0")) {
		const struct timespec moment = {.tv_nsec = 1000000};

		if (seconds() > end)
			die("eth0");
		nanosleep(&moment, NULL);
	}
	up(fd, "lo");
	set(fd, SIOCSIFADDR, address);
	set(fd, SIOCSIFNETMASK, mask);
	up(fd, "eth0");
	close(fd);
}

static void become_service(void)
{
	static char lines[ARGS_MAX][200];
	char *args[ARGS_MAX + 1] = {NULL};
	FILE *file = fopen("/service", "r");
	unsigned count = 0;

	while (file && count < ARGS_MAX && fgets(lines[count], sizeof(lines[0]), file)) {
		lines[count][strcspn(lines[count], "\n")] = '\0';
		args[count] = lines[count];
		count++;
	}
	if (count)
		execv(args[0], args);
	die("/service");
}

int main(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, "");
	mount("proc", "/proc", "proc", 0, "");
	mount("sysfs", "/sys", "sysfs", 0, "");
	if (open("/dev/hvc0", O_RDWR) == 0) {
		dup(0);
		dup(0);
	}
	load_modules();
	network();
	become_service();
}
