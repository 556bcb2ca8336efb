/*
 * A disk that can fail, between a node and its database: for LD_PRELOAD.
 *
 * What the node writes to its database files goes on to the real files, so that reads, locks and memory maps work as ever.
 * Beside that, every write, truncation, creation and removal is noted in a journal, in the order in which it happened, and
 * so is every sync that has ended: how much of the journal it vouches for. From that journal somebody else (power-cut.ts)
 * works out what a disk may hold after the power went: everything that was synced, and of the rest whatever it likes.
 *
 * A page of control fields is shared with the harness, which makes reads, writes and syncs fail, or syncs slow, while the
 * node runs.
 *
 * Environment: SHIM_DATA, the data directory as an absolute path; SHIM_CONTROL, the file with the control page;
 * SHIM_JOURNAL, the journal to append to, if there is to be one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* As in control.ts. */
struct control {
  int32_t sync_delay_us;
  int32_t write_errno;
  int32_t read_errno;
  int32_t sync_errno;
  /* Of 10,000 reads or writes that may fail so many do. */
  int32_t chance;
  /* Failures are for these files only: 1 << id. */
  int32_t files;
  /* Injected so far. */
  int32_t failures;
  /* Syncs do not vouch for anything: the disk lies. */
  int32_t lies;
  /* Files may grow by so much before the disk is full; -1 for a disk without end. */
  int64_t bytes_left;
  /* Entries in the journal. */
  int64_t entries;
  /* Syncs of the WAL that the real disk has made. */
  int64_t wal_syncs;
};

enum { database_file, wal_file, rollback_file, notes_file, file_count, directory = file_count, others = -1 };
static const char *const names[] = { "streamctl.db", "streamctl.db-wal", "streamctl.db-journal", "notes" };

enum kind { entry_write = 1, entry_truncate, entry_sync, entry_create, entry_remove, entry_failed_sync };

/* As in journal.ts. */
struct entry {
  int32_t kind;
  int32_t file;
  /* Of a write: where. Of a truncation: the size. Of a sync, also one that failed: how many entries it is about. */
  int64_t number;
  int64_t length;
};

#define fd_max 65536
static signed char file_of[fd_max];
/* A descriptor may be closed by a bare system call and used again for something else: the inode tells. */
static ino_t inode_of[fd_max];
static struct control *control;
static int journal = -1;
static char data[4096];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define real(name) ((__typeof__(&name))next(#name))

static void *next(const char *name) {
  void *symbol = dlsym(RTLD_NEXT, name);
  if (symbol) return symbol;
  fprintf(stderr, "shim: there is no %s\n", name);
  abort();
}

static void give_up(const char *what) {
  fprintf(stderr, "shim: %s: %s\n", what, strerror(errno));
  abort();
}

__attribute__((constructor)) static void begin(void) {
  const char *data_path = getenv("SHIM_DATA"), *control_path = getenv("SHIM_CONTROL"), *journal_path = getenv("SHIM_JOURNAL");
  memset(file_of, others, sizeof file_of);
  if (!data_path || !control_path) return;
  snprintf(data, sizeof data, "%s", data_path);
  int fd = real(open)(control_path, O_RDWR | O_CLOEXEC);
  if (fd < 0) give_up(control_path);
  void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) give_up("the control page");
  if (journal_path && (journal = real(open)(journal_path, O_WRONLY | O_APPEND | O_CLOEXEC)) < 0) give_up(journal_path);
  control = page;
}

/* Which of the files a path names. */
static int file_named(const char *path) {
  size_t length = strlen(data);
  if (!control || strncmp(path, data, length) != 0) return others;
  if (path[length] == 0) return directory;
  if (path[length] != '/') return others;
  for (int id = 0; id < file_count; id++)
    if (strcmp(path + length + 1, names[id]) == 0) return id;
  return others;
}

static int file_at(int fd) {
  if (!control || fd < 0 || fd >= fd_max || file_of[fd] == others) return others;
  struct stat status;
  if (fstat(fd, &status) == 0 && status.st_ino == inode_of[fd]) return file_of[fd];
  file_of[fd] = others;
  return others;
}

/* To be called with the lock held, so that the journal has the order of what happened. */
static void note(struct entry entry, const void *bytes) {
  if (journal < 0) return;
  struct iovec parts[] = { { &entry, sizeof entry }, { (void *)bytes, bytes ? entry.length : 0 } };
  ssize_t size = sizeof entry + parts[1].iov_len;
  if (real(writev)(journal, parts, 2) != size) give_up("the journal");
  __atomic_add_fetch(&control->entries, 1, __ATOMIC_SEQ_CST);
}

/* Whether an operation is to fail now, with the error in errno. */
static int fails(int file, int32_t error) {
  if (error == 0 || file < 0 || file >= file_count || !(control->files & (1 << file))) return 0;
  static _Thread_local uint32_t state;
  if (!state) state = ((uint32_t)(uintptr_t)&state ^ (uint32_t)time(NULL)) | 1;
  state ^= state << 13, state ^= state >> 17, state ^= state << 5;
  if (state % 10000 >= (uint32_t)control->chance) return 0;
  __atomic_add_fetch(&control->failures, 1, __ATOMIC_SEQ_CST);
  errno = error;
  return 1;
}

/* How much of a write the disk has room for; overwriting needs none. -1 when it is full. */
static ssize_t room_for(int fd, size_t count, off_t at) {
  if (control->bytes_left < 0) return count;
  struct stat status;
  if (fstat(fd, &status) != 0) return count;
  int64_t growth = at + (int64_t)count - status.st_size;
  if (growth <= 0) return count;
  if (growth <= control->bytes_left) {
    control->bytes_left -= growth;
    return count;
  }
  __atomic_add_fetch(&control->failures, 1, __ATOMIC_SEQ_CST);
  /* As file systems do: whole blocks of what fits, and the error the next time. */
  int64_t fits = ((int64_t)count - growth + control->bytes_left) & ~(int64_t)4095;
  if (fits <= 0) {
    errno = ENOSPC;
    return -1;
  }
  control->bytes_left = 0;
  return fits;
}

static ssize_t write_at(int file, int fd, const void *bytes, size_t count, off_t at) {
  if (fails(file, control->write_errno)) return -1;
  pthread_mutex_lock(&lock);
  ssize_t fitting = room_for(fd, count, at);
  ssize_t written = fitting < 0 ? -1 : real(pwrite64)(fd, bytes, fitting, at);
  int error = errno;
  if (written > 0) note((struct entry){ entry_write, file, at, written }, bytes);
  pthread_mutex_unlock(&lock);
  errno = error;
  return written;
}

static int sync_file(int fd, int (*sync)(int)) {
  int file = file_at(fd);
  if (file == others) return sync(fd);
  int64_t entries = __atomic_load_n(&control->entries, __ATOMIC_SEQ_CST);
  if (control->sync_delay_us > 0) {
    struct timespec delay = { control->sync_delay_us / 1000000, control->sync_delay_us % 1000000 * 1000L };
    nanosleep(&delay, NULL);
  }
  if (fails(file, control->sync_errno)) {
    int error = errno;
    pthread_mutex_lock(&lock);
    note((struct entry){ entry_failed_sync, file, entries, 0 }, NULL);
    pthread_mutex_unlock(&lock);
    errno = error;
    return -1;
  }
  /* With a journal the real disk has nothing to say. */
  if (journal < 0) {
    if (file == wal_file) __atomic_add_fetch(&control->wal_syncs, 1, __ATOMIC_SEQ_CST);
    return sync(fd);
  }
  if (control->lies) return 0;
  pthread_mutex_lock(&lock);
  note((struct entry){ entry_sync, file, entries, 0 }, NULL);
  pthread_mutex_unlock(&lock);
  return 0;
}

static int opened(int fd, int file) {
  if (fd < 0 || fd >= fd_max || !control) return fd;
  struct stat status;
  file_of[fd] = file != others && fstat(fd, &status) == 0 ? file : others;
  inode_of[fd] = file_of[fd] == others ? 0 : status.st_ino;
  return fd;
}

static int open_any(int (*how)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  int file = file_named(path);
  if (file < 0 || file >= file_count) return opened(how(path, flags, mode), file);
  pthread_mutex_lock(&lock);
  int is_new = (flags & O_CREAT) && access(path, F_OK) != 0;
  int fd = how(path, flags, mode);
  if (fd >= 0 && is_new) note((struct entry){ entry_create, file, 0, 0 }, NULL);
  if (fd >= 0 && !is_new && (flags & O_TRUNC)) note((struct entry){ entry_truncate, file, 0, 0 }, NULL);
  pthread_mutex_unlock(&lock);
  return opened(fd, file);
}

static mode_t mode_in(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define opener(name)                                   \
  int name(const char *path, int flags, ...) {         \
    va_list arguments;                                 \
    va_start(arguments, flags);                        \
    mode_t mode = mode_in(flags, arguments);           \
    va_end(arguments);                                 \
    return open_any(real(name), path, flags, mode);    \
  }
opener(open)
opener(open64)

/* Node opens by absolute paths: the directory does not matter then. */
#define opener_at(name, plain)                                                        \
  int name(int at, const char *path, int flags, ...) {                                \
    va_list arguments;                                                                \
    va_start(arguments, flags);                                                       \
    mode_t mode = mode_in(flags, arguments);                                          \
    va_end(arguments);                                                                \
    if (path[0] == '/') return open_any(real(plain), path, flags, mode);              \
    return opened(real(name)(at, path, flags, mode), others);                      \
  }
opener_at(openat, open)
opener_at(openat64, open64)

int close(int fd) {
  if (fd >= 0 && fd < fd_max) file_of[fd] = others;
  return real(close)(fd);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  int file = file_at(fd);
  if (file < 0 || file >= file_count) return real(pwrite64)(fd, bytes, count, at);
  return write_at(file, fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

ssize_t write(int fd, const void *bytes, size_t count) {
  int file = file_at(fd);
  if (file < 0 || file >= file_count) return real(write)(fd, bytes, count);
  off_t at = real(fcntl)(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
  ssize_t written = write_at(file, fd, bytes, count, at);
  if (written > 0) lseek(fd, at + written, SEEK_SET);
  return written;
}

/* What nobody uses on these files by now must not go past the journal unseen. */
static void refuse(int fd, const char *what) {
  int file = file_at(fd);
  if (file < 0 || file >= file_count) return;
  fprintf(stderr, "shim: %s on %s is not modelled\n", what, names[file]);
  abort();
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  refuse(fd, "writev");
  return real(writev)(fd, parts, count);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  refuse(fd, "pwritev");
  return real(pwritev)(fd, parts, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  refuse(fd, "pwritev64");
  return real(pwritev64)(fd, parts, count, at);
}

int fallocate(int fd, int mode, off_t at, off_t length) {
  refuse(fd, "fallocate");
  return real(fallocate)(fd, mode, at, length);
}

int posix_fallocate(int fd, off_t at, off_t length) {
  refuse(fd, "posix_fallocate");
  return real(posix_fallocate)(fd, at, length);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t at) {
  if ((flags & MAP_SHARED) && (protection & PROT_WRITE)) refuse(fd, "a writable memory map");
  return real(mmap)(address, length, protection, flags, fd, at);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t at) {
  if ((flags & MAP_SHARED) && (protection & PROT_WRITE)) refuse(fd, "a writable memory map");
  return real(mmap64)(address, length, protection, flags, fd, at);
}

int ftruncate64(int fd, off64_t size) {
  int file = file_at(fd);
  if (file < 0 || file >= file_count) return real(ftruncate64)(fd, size);
  if (fails(file, control->write_errno)) return -1;
  pthread_mutex_lock(&lock);
  int result = real(ftruncate64)(fd, size);
  int error = errno;
  if (result == 0) note((struct entry){ entry_truncate, file, size, 0 }, NULL);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) { return sync_file(fd, real(fsync)); }

int fdatasync(int fd) { return sync_file(fd, real(fdatasync)); }

ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
  if (control && fails(file_at(fd), control->read_errno)) return -1;
  return real(pread64)(fd, bytes, count, at);
}

ssize_t pread(int fd, void *bytes, size_t count, off_t at) { return pread64(fd, bytes, count, at); }

ssize_t read(int fd, void *bytes, size_t count) {
  if (control && fails(file_at(fd), control->read_errno)) return -1;
  return real(read)(fd, bytes, count);
}

int unlink(const char *path) {
  int file = file_named(path);
  if (file < 0 || file >= file_count) return real(unlink)(path);
  pthread_mutex_lock(&lock);
  int result = real(unlink)(path);
  int error = errno;
  if (result == 0) note((struct entry){ entry_remove, file, 0, 0 }, NULL);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}
