using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioBlock;

/// <summary>What a client may do in a second. A client without limits costs no look at the clock.</summary>
public struct ClientRates
{
    private const uint SectorSize = 512;

    /// <summary>Bytes of the largest request: a block.</summary>
    private const ulong LargestRequest = BlockShapes.BlockPages * 4096;

    private readonly ulong _hertz;
    private ulong _operations, _bytes;
    private RateLimit _operationLimit, _byteLimit;

    /// <summary>No limits.</summary>
    /// <param name="hertz">Ticks of the time-stamp counter a second.</param>
    public ClientRates(ulong hertz)
    {
        this = default;
        _hertz = hertz;
    }

    /// <summary>Takes new limits of a second; 0 for none.</summary>
    public void Change(ulong operations, ulong bytes)
    {
        if (operations == _operations && bytes == _bytes)
        {
            return;
        }

        _operations = operations;
        _bytes = bytes;
        ulong now = Machine.Tsc();
        if (operations != 0)
        {
            _operationLimit.Change(1, operations, now, _hertz);
        }

        if (bytes != 0)
        {
            _byteLimit.Change(LargestRequest, bytes, now, _hertz);
        }
    }

    private readonly bool IsLimited => (_operations | _bytes) != 0;

    /// <summary>When the next request may be taken, in ticks of the time-stamp counter; 0 if there is no limit.</summary>
    public readonly ulong FreeAt => !IsLimited ? 0 : System.Math.Max(
        _operations == 0 ? 0 : _operationLimit.FreeAt(_hertz),
        _bytes == 0 ? 0 : _byteLimit.FreeAt(_hertz));

    /// <summary>Counts a request of a number of sectors.</summary>
    public void Pay(uint sectors)
    {
        if (!IsLimited)
        {
            return;
        }

        ulong now = Machine.Tsc();
        if (_operations != 0)
        {
            _operationLimit.Take(1, _operations, now, _hertz);
        }

        if (_bytes != 0)
        {
            _byteLimit.Take(sectors * SectorSize, _bytes, now, _hertz);
        }
    }
}
