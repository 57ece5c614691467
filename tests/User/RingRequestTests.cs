using System.Buffers.Binary;
using Tierce.Drivers.BlockBack;

namespace Tierce.User;

/// <summary>A front end's requests, whatever they hold, become reads and writes of whole sectors, or are refused.</summary>
public sealed class RingRequestTests
{
    private static RingRequest Parse(byte[] slot, out uint indirect)
    {
        RingRequest request = default;
        request.Parse(slot, out indirect);
        return request;
    }

    private static byte[] Slot(byte operation, byte count, params (uint Reference, byte First, byte Last)[] segments)
    {
        byte[] slot = new byte[RingRequest.Size];
        slot[0] = operation;
        slot[1] = count;
        BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(8), 0x1122_3344_5566_7788);
        BinaryPrimitives.WriteUInt64LittleEndian(slot.AsSpan(16), 99);
        for (int i = 0; i < segments.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(slot.AsSpan(24 + (i * 8)), segments[i].Reference);
            slot[24 + (i * 8) + 4] = segments[i].First;
            slot[24 + (i * 8) + 5] = segments[i].Last;
        }

        return slot;
    }

    [Fact]
    public void Segments_are_sectors_of_pages()
    {
        RingRequest request = Parse(Slot(1, 2, (7, 0, 7), (8, 2, 3)), out uint indirect);
        Assert.Equal((RingStatus.Okay, 0U, 5120U, false, 2), (request.Status, indirect, request.Bytes, request.FromDisk, request.SegmentCount));
        Assert.Equal((8U, (ushort)1024, (ushort)1024), (request[1].Reference, request[1].Offset, request[1].Bytes));
        Assert.Equal((0x1122_3344_5566_7788UL, 99UL, (byte)1), (request.Id, request.Sector, request.Operation));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 12)]
    [InlineData(1, 255)]
    [InlineData(3, 12)]
    public void A_wrong_number_of_segments_is_refused(byte operation, byte count) =>
        Assert.Equal(RingStatus.Error, Parse(Slot(operation, count, (7, 0, 7)), out _).Status);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 8)]
    [InlineData(8, 8)]
    [InlineData(255, 255)]
    public void A_segment_outside_its_page_is_refused(byte first, byte last) =>
        Assert.Equal(RingStatus.Error, Parse(Slot(0, 2, (7, 0, 7), (8, first, last)), out _).Status);

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(255)]
    public void Operations_that_were_not_offered_are_not_supported(byte operation) =>
        Assert.Equal(RingStatus.NotSupported, Parse(Slot(operation, 1, (7, 0, 7)), out _).Status);

    [Fact]
    public void A_flush_may_carry_data_and_then_flushes_before_and_after()
    {
        RingRequest bare = Parse(Slot(3, 0), out _);
        Assert.Equal((true, false, 0U), (bare.FlushBefore, bare.FlushAfter, bare.Bytes));
        RingRequest full = Parse(Slot(3, 1, (7, 0, 0)), out _);
        Assert.Equal((true, true, 512U, false), (full.FlushBefore, full.FlushAfter, full.Bytes, full.FromDisk));
    }

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(1, 32, true)]
    [InlineData(0, 33, false)]
    [InlineData(0, 0, false)]
    [InlineData(3, 1, false)]
    [InlineData(6, 1, false)]
    public void An_indirect_request_names_a_read_or_a_write_of_at_most_32_segments(byte operation, ushort count, bool good)
    {
        byte[] slot = Slot(6, operation);
        BinaryPrimitives.WriteUInt16LittleEndian(slot.AsSpan(2), count);
        BinaryPrimitives.WriteUInt32LittleEndian(slot.AsSpan(28), 77);
        RingRequest request = Parse(slot, out uint indirect);
        Assert.Equal((good ? RingStatus.Okay : RingStatus.Error, 77U, operation), (request.Status, indirect, request.Operation));
    }

    [Fact]
    public void Nothing_that_a_slot_holds_breaks_the_parser()
    {
        Random random = new(1);
        for (int i = 0; i < 200_000; i++)
        {
            byte[] slot = new byte[RingRequest.Size];
            random.NextBytes(slot);
            slot[0] = (byte)(slot[0] % 8);
            slot[1] = (byte)(slot[1] % 14);
            RingRequest request = Parse(slot, out uint indirect);
            if (indirect != 0 && request.Status == RingStatus.Okay)
            {
                byte[] segments = new byte[RingRequest.MostSegments * RingRequest.SegmentSize];
                random.NextBytes(segments);
                request.TakeSegments(segments, request.SegmentCount, RingRequest.MostSegments);
            }

            Assert.True(request.Bytes % 512 == 0 && request.Bytes <= RingRequest.MostSegments * 4096);
            Assert.True(request.Status != RingStatus.Okay || request.Bytes != 0 || request.FlushBefore);
        }
    }
}
