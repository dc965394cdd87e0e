/* Structures and answers that differ: semid_ds, personality, what is left out on purpose. */
#include "file_test.h"
#include <sys/ipc.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/time.h>
#include <time.h>

int main(void)
{
        struct semid_ds ds;
        struct timespec ts;
        struct timeval tv;
        int id = semget(IPC_PRIVATE, 3, 0600);

        EXPECT(id >= 0 && semctl(id, 0, IPC_STAT, &ds) == 0);
        EXPECT(ds.sem_nsems == 3 && ds.sem_otime == 0 && ds.sem_ctime > 1500000000 && (ds.sem_perm.mode & 0777) == 0600);
        ds.sem_perm.mode = 0640;
        EXPECT(semctl(id, 0, IPC_SET, &ds) == 0 && semctl(id, 0, IPC_STAT, &ds) == 0 && (ds.sem_perm.mode & 0777) == 0640);
        EXPECT(semctl(id, 0, IPC_RMID) == 0);
        EXPECT(personality(0xffffffff) == PER_LINUX);
        EXPECT(clock_gettime(CLOCK_MONOTONIC, &ts) == 0 && gettimeofday(&tv, NULL) == 0 && tv.tv_sec > 1500000000);
        EXPECT(syscall(SYS_clock_gettime, 0, BAD) == -1 && errno == EFAULT);
        EXPECT(syscall(SYS_clock_gettime, 12345, &ts) == -1 && errno == EINVAL);
        EXPECT(prctl(PR_SET_TSC, 1) == -1 && errno == EINVAL);
        EXPECT(prctl(PR_SET_NAME, "renamed") == 0);
        EXPECT(syscall(5000) == -1 && errno == ENOSYS);
        EXPECT(syscall(250) == -1 && errno == ENOSYS);
        return 0;
}
