using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.User;

public sealed unsafe class ByteRingTests : IDisposable
{
    private const uint Size = 64;
    private readonly ByteRingHeader* _header = (ByteRingHeader*)NativeMemory.AllocZeroed((nuint)sizeof(ByteRingHeader));
    private readonly byte* _data = (byte*)NativeMemory.AllocZeroed(Size);

    public void Dispose()
    {
        NativeMemory.Free(_header);
        NativeMemory.Free(_data);
    }

    [Fact]
    public void Behaves_as_a_bounded_queue() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), BehavesAsQueue));

    /// <summary>Positive steps write that many bytes, others read that many.</summary>
    private bool BehavesAsQueue(int[] steps)
    {
        *_header = default;
        var writer = new ByteRingWriter(_header, _data, Size);
        var reader = new ByteRingReader(_header, _data, Size);
        Queue<byte> reference = new();
        byte next = 0;
        foreach (int step in steps)
        {
            byte[] bytes = new byte[Math.Abs(step % 100)];
            if (step > 0)
            {
                for (int i = 0; i < bytes.Length; i++)
                {
                    bytes[i] = (byte)(next + i);
                }

                int written = writer.Write(bytes);
                if (written != Math.Min(bytes.Length, (int)Size - reference.Count))
                {
                    return false;
                }

                bytes.Take(written).ToList().ForEach(reference.Enqueue);
                next += (byte)written;
            }
            else
            {
                int count = reader.Read(bytes);
                if (count != Math.Min(bytes.Length, reference.Count) || !bytes.Take(count).All(b => b == reference.Dequeue()))
                {
                    return false;
                }
            }

            if (reader.Available != reference.Count || writer.Room != Size - reference.Count || writer.Drained != (reference.Count == 0) || reader.Drained != writer.Drained)
            {
                return false;
            }
        }

        return true;
    }

    [Fact]
    public void Foreign_indices_are_not_believed()
    {
        var writer = new ByteRingWriter(_header, _data, Size);
        var reader = new ByteRingReader(_header, _data, Size);
        _header->Produced = 1_000_000;
        Assert.Equal(0U, reader.Available);
        Assert.Equal(0, reader.Read(new byte[8]));
        _header->Consumed = 77;
        Assert.Equal(0U, writer.Room);
        Assert.Equal(0, writer.Write(new byte[8]));
    }

    [Fact]
    public void A_waiting_producer_is_signalled_once()
    {
        var writer = new ByteRingWriter(_header, _data, Size);
        var reader = new ByteRingReader(_header, _data, Size);
        writer.Write(new byte[Size]);
        Assert.True(writer.WaitForRoom(1));
        reader.Read(new byte[10]);
        Assert.True(reader.TakeWaiter());
        Assert.False(reader.TakeWaiter());
        Assert.False(writer.WaitForRoom(10));
        Assert.True(writer.WaitForRoom(11));
    }
}
