using System.Runtime.InteropServices;
using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed unsafe class TimerQueueTests : IDisposable
{
    private readonly Board board = new();

    public void Dispose() => board.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_earliest_is_right_after_any_sequence(int seed)
    {
        Random random = new(seed);
        const int count = 100;
        Tierce.Kernel.Scheduling.Timer* timers = (Tierce.Kernel.Scheduling.Timer*)NativeMemory.AllocZeroed(count, (nuint)sizeof(Tierce.Kernel.Scheduling.Timer));
        TimerQueue queue = default;
        Dictionary<int, ulong> model = [];
        for (int step = 0; step < 5000; step++)
        {
            int index = random.Next(count);
            if (random.Next(3) == 0)
            {
                queue.Cancel(&timers[index]);
                model.Remove(index);
            }
            else
            {
                ulong deadline = (ulong)random.Next(1, 50);
                queue.Arm(&timers[index], deadline, TimerKind.None, null);
                model[index] = deadline;
            }

            Assert.Equal((ulong)model.Count, queue.Count);
            Assert.Equal(model.Count == 0 ? 0 : model.Values.Min(), queue.Earliest);
        }

        NativeMemory.Free(timers);
    }

    [Fact]
    public void Expiry_is_bounded_and_reprograms_the_hardware()
    {
        const int count = 40;
        Tierce.Kernel.Scheduling.Timer* timers = (Tierce.Kernel.Scheduling.Timer*)NativeMemory.AllocZeroed(count, (nuint)sizeof(Tierce.Kernel.Scheduling.Timer));
        for (int i = 0; i < count; i++)
        {
            board.Cpu->Timers.Arm(&timers[i], 100 + (ulong)i, TimerKind.VCpu, null);
        }

        Assert.Equal(100UL, Machine.ArmedDeadline);
        ExpiredTimers.Handle(board.Cpu, 1000);
        Assert.Equal(32, VCpu.TimersExpired);
        Assert.Equal(132UL, Machine.ArmedDeadline);
        ExpiredTimers.Handle(board.Cpu, 1000);
        Assert.Equal(40, VCpu.TimersExpired);
        Assert.Equal(0UL, Machine.ArmedDeadline);
        NativeMemory.Free(timers);
    }
}
