#define _GNU_SOURCE
/* Uses nothing but <linux/vfio.h>. DEVICE: lists it; DEVICE ATTRIBUTE: tries arguments that lie; GROUP group: asks the group. */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *outcome(int result)
{
	return result < 0 ? strerrorname_np(errno) : "ok";
}

static int list(int fd)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	if (ioctl(fd, VFIO_DEVICE_GET_INFO, &info) < 0)
		return perror("GET_INFO"), 1;
	printf("device flags %#x regions %u irqs %u\n", info.flags, info.num_regions, info.num_irqs);
	for (unsigned i = 0; i < info.num_regions; i++) {
		struct vfio_region_info region = { .argsz = sizeof(region), .index = i };
		if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &region) < 0)
			return perror("GET_REGION_INFO"), 1;
		if (region.argsz > sizeof(region)) {
			char room[256] = { 0 };
			struct vfio_region_info *full = (void *)room;
			struct vfio_region_info_cap_type *type;
			full->argsz = region.argsz;
			full->index = i;
			if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, full) < 0)
				return perror("GET_REGION_INFO"), 1;
			type = (void *)(room + full->cap_offset);
			printf("capability %u version %u next %u type %#x subtype %u\n", type->header.id,
			       type->header.version, type->header.next, type->type, type->subtype);
		}
		if (region.size)
			printf("region %u flags %#x size %#llx offset %#llx\n", i, region.flags, region.size, region.offset);
		if (i == VFIO_PCI_CONFIG_REGION_INDEX) {
			unsigned char id[4];
			unsigned bar = 0xffffffff;
			if (pread(fd, id, 4, region.offset) != 4)
				return perror("pread"), 1;
			printf("id %02x%02x:%02x%02x\n", id[1], id[0], id[3], id[2]);
			if (pwrite(fd, &bar, 4, region.offset + 0x10) != 4 || pread(fd, &bar, 4, region.offset + 0x10) != 4)
				return perror("BAR"), 1;
			printf("bar0 %#x\n", bar);
		}
	}
	for (unsigned i = 0; i < info.num_irqs; i++) {
		struct vfio_irq_info irq = { .argsz = sizeof(irq), .index = i };
		int result = ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &irq);
		if (result < 0)
			printf("irq %u %s\n", i, outcome(result));
		else
			printf("irq %u flags %#x count %u\n", i, irq.flags, irq.count);
	}
	printf("reset %s\n", outcome(ioctl(fd, VFIO_DEVICE_RESET)));
	return 0;
}

static void hostile(int fd, const char *path)
{
	struct vfio_device_info info = { .argsz = sizeof(info.argsz) };
	long page = sysconf(_SC_PAGESIZE);
	char *pages = mmap(0, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vfio_region_info region = { .argsz = 0xffffffff, .index = 0xffffffff };
	char byte;

	printf("short argsz %s\n", outcome(ioctl(fd, VFIO_DEVICE_GET_INFO, &info)));
	printf("null %s\n", outcome(ioctl(fd, VFIO_DEVICE_GET_INFO, 0)));
	printf("top of memory %s\n", outcome(ioctl(fd, VFIO_DEVICE_GET_INFO, -8L)));
	printf("no such region %s\n", outcome(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &region)));
	munmap(pages + page, page);
	memset(pages + page - 8, 0x7f, 8);
	printf("over the end %s\n", outcome(ioctl(fd, VFIO_DEVICE_GET_INFO, pages + page - 8)));
	memset(pages, 0, page);
	*(unsigned *)pages = 4096;
	mprotect(pages, page, PROT_READ);
	printf("read only %s\n", outcome(ioctl(fd, VFIO_DEVICE_GET_INFO, pages)));
	printf("untouched %s\n", ((unsigned *)pages)[1] ? "no" : "yes");
	int attribute = open(path, O_RDONLY);
	void *shown = mmap(0, page, PROT_READ | PROT_WRITE, MAP_PRIVATE, attribute, 0);
	if (shown == MAP_FAILED)
		perror(path);
	printf("in a file of the server %s\n", outcome(ioctl(fd, VFIO_DEVICE_GET_INFO, shown)));
	struct vfio_device_feature feature = { .argsz = sizeof(feature), .flags = 1u << 31 };
	printf("feature flags %s\n", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, &feature)));
	feature.flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET | 1;
	printf("feature 1 %s\n", outcome(ioctl(fd, VFIO_DEVICE_FEATURE, &feature)));
	printf("unknown %s\n", outcome(ioctl(fd, _IO(VFIO_TYPE, VFIO_BASE + 99), pages)));
	printf("behind a region %s\n", outcome(pread(fd, &byte, 1, (7LL << 40) + 0xff)));
	printf("no region %s\n", outcome(pread(fd, &byte, 1, 99LL << 40)));
}

static void group(int fd)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int none = -1;

	printf("status %s", outcome(ioctl(fd, VFIO_GROUP_GET_STATUS, &status)));
	printf(" %u\n", status.flags);
	printf("set container %s\n", outcome(ioctl(fd, VFIO_GROUP_SET_CONTAINER, &none)));
	printf("device %s\n", outcome(ioctl(fd, VFIO_GROUP_GET_DEVICE_FD, "x")));
	printf("not for groups %s\n", outcome(ioctl(fd, VFIO_DEVICE_RESET)));
}

int main(int argc, char **argv)
{
	int fd = open(argv[1], O_RDWR);
	if (fd < 0)
		return perror(argv[1]), 1;
	if (argc > 2 && !strcmp(argv[2], "group"))
		return group(fd), 0;
	if (argc < 3)
		return list(fd);
	hostile(fd, argv[2]);
	return 0;
}
