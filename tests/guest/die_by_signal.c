/* test: signal=11
   A wild store kills by SIGSEGV, seen so from outside. */
int main(void)
{
        *(volatile int *)8 = 1;
        return 0;
}
