using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Tierce.Abi;
using Tierce.Drivers.Console;
using Tierce.Monitor;
using Tierce.Runtime;

namespace Tierce.User;

public sealed unsafe class ConsoleTests : IDisposable
{
    private readonly byte* _channel = (byte*)NativeMemory.AllocZeroed((nuint)ConsoleChannel.Pages * 4096);
    private readonly byte* _input = (byte*)NativeMemory.AllocZeroed((nuint)ConsoleInput.Pages * 4096);
    private readonly byte[] _page = new byte[4096];

    public void Dispose()
    {
        NativeMemory.Free(_channel);
        NativeMemory.Free(_input);
    }

    /// <summary>Whatever the pace of both sides, the guest's bytes arrive whole and in order.</summary>
    [Fact]
    public void Output_is_neither_lost_nor_mixed() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(200),
        Prop.ForAll(ArbMap.Default.ArbFor<(byte Write, ushort Read)[]>(), steps =>
        {
            Reset();
            ByteRingWriter writer = ConsoleChannel.OutputWriter(_channel);
            ByteRingReader reader = ConsoleChannel.OutputReader(_channel);
            byte next = 0;
            byte expected = 0;
            foreach ((byte write, ushort read) in steps.Concat(Enumerable.Repeat(((byte)0, ushort.MaxValue), 3)))
            {
                GuestWrites(write * 8, ref next);
                ConsoleRing.PumpOutput(_page, ref writer);
                byte[] taken = new byte[read];
                int count = reader.Read(taken);
                if (!taken.Take(count).All(value => value == expected++))
                {
                    return false;
                }
            }

            return expected == next && ConsoleRing.Waiting(_page) == 0 && writer.Drained;
        }));

    [Fact]
    public void A_guest_with_mad_indices_sends_nothing()
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_page.AsSpan(3084), 100_000);
        ByteRingWriter writer = ConsoleChannel.OutputWriter(_channel);
        Assert.Equal(0, ConsoleRing.PumpOutput(_page, ref writer));
    }

    /// <summary>A line that takes one byte in each wait loses nothing, however much is left; one that stands still ends the wait.</summary>
    [Fact]
    public void Last_output_waits_for_a_slow_line_and_not_for_a_dead_one()
    {
        DrainPatience patience = default;
        for (uint left = 5000; left > 0; left--)
        {
            for (int wait = 1; wait < DrainPatience.Waits; wait++)
            {
                Assert.True(patience.GoesOn(left, answered: false));
            }
        }

        int more = Enumerable.Range(0, 1000).TakeWhile(_ => patience.GoesOn(1, answered: false)).Count();
        Assert.InRange(more, 0, DrainPatience.Waits);
    }

    [Fact]
    public void A_driver_whose_index_runs_to_and_fro_ends_the_wait()
    {
        DrainPatience patience = default;
        int waits = Enumerable.Range(0, 1000).TakeWhile(i => patience.GoesOn(i % 2 == 0 ? 7u : 900u, answered: false)).Count();
        Assert.InRange(waits, DrainPatience.Waits - 1, 2 * DrainPatience.Waits);
    }

    [Fact]
    public void The_serial_port_is_set_up_and_its_interrupts_follow_the_work()
    {
        byte[] registers = new byte[8];
        List<(int Register, byte Value)> writes = [];
        Machine.UsePorts(port => registers[port - 0x3f8], (port, value) =>
        {
            writes.Add((port - 0x3f8, value));
            registers[port - 0x3f8] = value;
        });
        var uart = new Uart(0x3f8);
        uart.Open();
        Assert.Equal((1, (byte)1), writes[^1]);
        Assert.Contains((3, (byte)3), writes);
        writes.Clear();
        uart.SetTransmitting(true);
        uart.SetTransmitting(true);
        uart.SetReceiving(false);
        Assert.Equal([(1, (byte)3), (1, (byte)2)], writes);
        registers[5] = 0x21;
        Assert.True(uart.CanReceive);
        Assert.True(uart.CanTransmit);
    }

    [Fact]
    public void An_event_is_raised_as_the_guest_expects()
    {
        SharedInfoPage.Write(_page, ClockScale.FromHertz(1_000_000_000), 1000, 1_767_225_600_500_000_000);
        Assert.Equal(1, _page[1]);
        Assert.Equal(1_767_225_600U, BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(3076)));
        Assert.Equal(500_000_000U, BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(3080)));
        SharedInfoPage.Raise(_page, 66);
        Assert.Equal(4UL, BinaryPrimitives.ReadUInt64LittleEndian(_page.AsSpan(2048 + 8)));
        Assert.Equal(0, _page[0]);
        _page.AsSpan(2560, 512).Clear();
        SharedInfoPage.Raise(_page, 66);
        Assert.Equal(2UL, BinaryPrimitives.ReadUInt64LittleEndian(_page.AsSpan(8)));
        Assert.Equal(1, _page[0]);
    }

    private void Reset()
    {
        Array.Clear(_page);
        new Span<byte>(_channel, (int)ConsoleChannel.Pages * 4096).Clear();
    }

    private void GuestWrites(int count, ref byte next)
    {
        uint produced = BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(3084));
        uint room = 2048 - (produced - BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(3080)));
        count = Math.Min(count, (int)room);
        for (int i = 0; i < count; i++)
        {
            _page[1024 + (int)((produced + (uint)i) & 2047)] = next++;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_page.AsSpan(3084), produced + (uint)count);
    }
}
