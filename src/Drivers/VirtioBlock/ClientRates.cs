using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.VirtioBlock;

/// <summary>What a client may do in a second. A client without limits costs no look at the clock.</summary>
public struct ClientRates
{
    private const uint SectorSize = 512;

    private readonly ulong _operations, _bytes, _hertz;
    private RateLimit _operationLimit, _byteLimit;

    /// <summary>Limits of a second; 0 for none.</summary>
    public ClientRates(ulong operations, ulong bytes, ulong hertz)
    {
        _operations = operations;
        _bytes = bytes;
        _hertz = hertz;
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
