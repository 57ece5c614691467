using System.Buffers.Binary;
using Tierce.Monitor;
using Tierce.Root;

namespace Tierce.User;

/// <summary>What takes bytes of others: each method hands its input to one parser, and throws where that one is at fault.</summary>
internal static class FuzzTargets
{
    private const ulong Frames = (128UL << 20) / 4096;

    /// <summary>A guest kernel's file.</summary>
    public static void Kernel(byte[] input) => TestKernel.Plan(input, Frames, 1 << 20, out _);

    /// <summary>The notes of a guest kernel, in a file that is good otherwise.</summary>
    public static void Notes(byte[] input) => Kernel(new TestKernel { Code = new byte[16] }.Raw(input).ToFile());

    /// <summary>The boot manifest.</summary>
    public static void Manifest(byte[] input)
    {
        var programs = new ProgramEntry[3];
        var guests = new Root.GuestEntry[3];
        var errors = new ManifestError[4];
        var parser = new ManifestParser(input, programs, guests, errors);
        bool good = parser.Parse();
        Assert.Equal(good, parser.ErrorCount == 0);
        for (int i = 0; i < parser.KeptErrors; i++)
        {
            errors[i].About.In(input);
        }

        for (int i = 0; i < parser.ProgramCount; i++)
        {
            Assert.True(!good || (programs[i].Image.In(input).Length != 0 && programs[i].FirstPort + programs[i].PortCount <= 0x1_0000));
        }

        for (int i = 0; i < parser.GuestCount; i++)
        {
            Assert.True(!good || (guests[i].Kernel.In(input).Length != 0 && guests[i].MemoryBytes % 4096 == 0));
        }
    }

    /// <summary>A request of root's control line.</summary>
    public static void Control(byte[] input)
    {
        ControlProblem problem = ControlRequest.Parse(input, out ControlRequest request);
        Assert.True(request.Tag.Length <= ControlRequest.MostTag && request.Tag.In(input).IndexOf((byte)' ') < 0);
        if (problem == ControlProblem.None)
        {
            Assert.True(input.Length <= ControlRequest.MostBytes && request.Tag.Length != 0);
            Assert.True(request.Verb == ControlVerb.List || (request.Guest.In(input).Length != 0 && request.Disk is >= 0 and < 26));
            Assert.True((request.Verb == ControlVerb.Limit) == (request.HasOperations || request.HasBytes));
            Assert.True(request.Operations <= ManifestParser.MostRate && request.Bytes <= ManifestParser.MostRate);
        }
    }

    /// <summary>Requests to xenstore, through the ring; the guest takes every answer at once.</summary>
    public static void Store(byte[] input)
    {
        var nodes = new StoreNode[12];
        var watches = new StoreWatch[3];
        byte[] output = new byte[32768];
        byte[] pending = new byte[StoreRing.InputSize];
        byte[] page = new byte[4096];
        int outputLength = 0;
        int pendingLength = 0;
        uint sent = 0;
        StoreTransactions transactions = default;
        new StoreTree(nodes).Create("/local/domain/1"u8, StorePermissions.OwnedBy(XenStore.DomainNumber));
        for (bool moved = true; moved;)
        {
            uint room = 1024 - (sent - Index(page, 2048));
            for (; room > 0 && sent < input.Length; room--)
            {
                page[sent & 1023] = input[sent];
                sent++;
            }

            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(2052), sent);
            var queue = new StoreQueue(output, ref outputLength);
            moved = new StoreRing(page, pending, ref pendingLength).Pump(new XenStore(new StoreTree(nodes), watches, queue, ref transactions), queue);
            Assert.True(sent - Index(page, 2048) <= 1024 && Index(page, 2060) - Index(page, 2056) <= 1024);
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(2056), Index(page, 2060));
        }

        Assert.Equal((uint)input.Length, Index(page, 2048));
    }

    private static uint Index(byte[] page, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(page.AsSpan(offset));
}
