/**
 * Starts a clock of this process's own time on a processor, which stands still while other programs have it: sweeps are
 * long, and few machines are idle for so long. Its end gives seconds.
 */
export function processorTime(): () => number {
  const [begin, own] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(own);
    // The engine compiles and collects on threads of its own, which count here, too.
    return Math.min((performance.now() - begin) / 1000, (user + system) / 1e6);
  };
}
