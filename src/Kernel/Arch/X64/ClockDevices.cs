using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Time;

namespace Tierce.Kernel.Arch;

/// <summary>The counters of this processor and its chipset.</summary>
internal struct ClockDevices : IClockDevices
{
    private const ushort Channel2 = 0x42, Command = 0x43, SystemControl = 0x61;

    /// <summary>Channel 2, low then high byte, mode 0: the output rises at the end of the first pass and stays.</summary>
    private const byte CountOnce = 0xb0;

    /// <summary>Read-back of channel 2: status and count are held together.</summary>
    private const byte ReadBack = 0xc8;

    /// <summary>In the status: the output.</summary>
    private const byte Output = 0x80;

    private readonly ushort _powerTimer;
    private uint _latched;

    /// <summary>Takes the port of the power timer; 0 if there is none.</summary>
    public ClockDevices(ushort powerTimer)
    {
        _powerTimer = powerTimer;
        _latched = 0;
    }

    /// <inheritdoc/>
    public readonly bool HasPowerTimer => _powerTimer != 0;

    /// <inheritdoc/>
    public readonly ulong ReadTsc() => Cpu.ReadTsc();

    /// <inheritdoc/>
    public void Latch(ClockCounter counter)
    {
        switch (counter)
        {
            case ClockCounter.PowerTimer:
                _latched = Cpu.In32(_powerTimer);
                break;
            case ClockCounter.IntervalTimer:
                Cpu.Out8(Command, ReadBack);
                break;
            default:
                _latched = LocalApic.TimerCount;
                break;
        }
    }

    /// <inheritdoc/>
    public readonly uint Fetch(ClockCounter counter, out bool wrapped)
    {
        wrapped = false;
        if (counter == ClockCounter.IntervalTimer)
        {
            wrapped = (Cpu.In8(Channel2) & Output) != 0;
            uint low = Cpu.In8(Channel2);
            uint count = low | ((uint)Cpu.In8(Channel2) << 8);
            return ushort.MaxValue - count;
        }

        return (counter == ClockCounter.ApicTimer ? uint.MaxValue - _latched : _latched) & ClockCounters.Mask(counter);
    }

    /// <inheritdoc/>
    public readonly void Start(ClockCounter counter)
    {
        if (counter == ClockCounter.ApicTimer)
        {
            LocalApic.StartTimer(uint.MaxValue);
            return;
        }

        // Gate on and speaker off.
        Cpu.Out8(SystemControl, (byte)((Cpu.In8(SystemControl) & ~2) | 1));
        Cpu.Out8(Command, CountOnce);
        Cpu.Out8(Channel2, byte.MaxValue);
        Cpu.Out8(Channel2, byte.MaxValue);
    }
}
