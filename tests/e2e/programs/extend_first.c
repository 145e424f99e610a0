// An init that ran before ours would have: writes into PCR16 and then becomes the program that is appended to its own
// file (program || its size, 8 bytes, little-endian). For boot_test.py; in no image that anyone measures for use.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

struct part {
  uint64_t at, size;
};
struct message {
  struct part request, response;
};

static int fail(const char* what) {
  perror(what);
  return 1;
}

int main(void) {
  // {"ExtendPCR": {"index": 16, "data": h'0102'}}
  static const unsigned char extend[] = "\xa1\x69" "ExtendPCR" "\xa2\x65" "index" "\x10\x64" "data" "\x42\x01\x02";
  static unsigned char answer[0x3000];
  struct message call = {{(uintptr_t)extend, sizeof extend - 1}, {(uintptr_t)answer, sizeof answer}};
  mkdir("/dev", 0755);
  mount("devtmpfs", "/dev", "devtmpfs", 0, 0);
  const int nsm = open("/dev/nsm", O_RDWR | O_CLOEXEC);
  if (nsm < 0 || ioctl(nsm, _IOWR(0x0A, 0, struct message), &call) != 0) return fail("/dev/nsm");
  umount2("/dev", MNT_DETACH);

  const int self = open("/init", O_RDONLY | O_CLOEXEC);
  const int next = open("/next", O_WRONLY | O_CREAT, 0755);
  uint64_t size = 0;
  struct stat there;
  if (self < 0 || next < 0 || fstat(self, &there) != 0) return fail("/init");
  off_t at = there.st_size - (off_t)sizeof size;
  if (pread(self, &size, sizeof size, at) != sizeof size) return fail("size");
  for (at -= (off_t)size; size > 0;) {
    const ssize_t n = sendfile(next, self, &at, size);
    if (n <= 0) return fail("copy");
    size -= (uint64_t)n;
  }
  close(next);
  char* const arguments[] = {"/init", 0};
  execv("/next", arguments);
  return fail("/next");
}
