//! Makes arrays of a message's buffers, without trusting a number in it: whatever Arrow's constructors would panic at is
//! checked before.

use std::sync::Arc;

use arrow_array::types::{TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, FixedSizeBinaryArray, ListArray,
    PrimitiveArray, StringArray, StructArray,
};
use arrow_buffer::{
    ArrowNativeType, BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer,
};
use arrow_ipc::RecordBatch;
use arrow_schema::{ArrowError, DataType, Field, Schema};

use crate::format::{buffers_of, nodes_of};

/// What is wrong with a message.
pub(crate) type Wrong = &'static str;

/// A column of a batch.
pub(crate) fn column(
    batch: RecordBatch<'_>,
    body: &Buffer,
    schema: &Schema,
    index: usize,
) -> Result<ArrayRef, Wrong> {
    let mut decoder = Decoder::of(batch, body, schema, index);
    decoder.array(schema.field(index).data_type())
}

/// Returns a column of bytes of which single elements are read: an element's offsets are compared with the end of the
/// bytes when it is read, so that those of all others are not read.
pub(crate) fn var_binary(
    batch: RecordBatch<'_>,
    body: &Buffer,
    schema: &Schema,
    index: usize,
) -> Result<VarBinary, Wrong> {
    let mut decoder = Decoder::of(batch, body, schema, index);
    let length = decoder.node()?;
    decoder.validity(length)?;
    let offsets = length.checked_add(1).ok_or(TOO_SHORT)?;
    Ok(VarBinary {
        offsets: decoder.sized(offsets, size_of::<i32>())?,
        bytes: decoder.next()?,
    })
}

/// The elements of a column of variable-length bytes, one after another, and their offsets, neither of them validated.
pub(crate) struct VarBinary {
    offsets: Buffer,
    bytes: Buffer,
}

impl VarBinary {
    /// Returns the element at a position, if the position and its offsets are within the buffers.
    pub(crate) fn get(&self, position: usize) -> Option<&[u8]> {
        let offset = |position: usize| {
            let (offsets, _) = self.offsets.as_chunks::<4>();
            usize::try_from(i32::from_le_bytes(*offsets.get(position)?)).ok()
        };
        self.bytes.get(offset(position)?..offset(position + 1)?)
    }
}

/// The schema of a dictionary's values.
pub(crate) fn dictionary_schema() -> Schema {
    Schema::new(vec![Field::new("value", DataType::Utf8, true)])
}

struct Decoder<'m> {
    batch: RecordBatch<'m>,
    body: &'m Buffer,
    /// The next node and the next buffer.
    node: usize,
    buffer: usize,
}

impl<'m> Decoder<'m> {
    /// At a column.
    fn of(batch: RecordBatch<'m>, body: &'m Buffer, schema: &Schema, index: usize) -> Self {
        let before = || {
            schema.fields()[..index]
                .iter()
                .map(|field| field.data_type())
        };
        Self {
            batch,
            body,
            node: before().map(nodes_of).sum(),
            buffer: before().map(buffers_of).sum(),
        }
    }

    fn array(&mut self, data_type: &DataType) -> Result<ArrayRef, Wrong> {
        let length = self.node()?;
        let nulls = self.validity(length)?;
        Ok(match data_type {
            DataType::UInt8 => Arc::new(self.primitive::<UInt8Type>(length, nulls)?),
            DataType::UInt16 => Arc::new(self.primitive::<UInt16Type>(length, nulls)?),
            DataType::UInt32 => Arc::new(self.primitive::<UInt32Type>(length, nulls)?),
            DataType::UInt64 => Arc::new(self.primitive::<UInt64Type>(length, nulls)?),
            DataType::Timestamp(_, zone) => {
                let instants = self.primitive::<TimestampMicrosecondType>(length, nulls)?;
                Arc::new(instants.with_timezone_opt(zone.clone()))
            }
            DataType::Boolean => {
                let bits = self.bits(length)?;
                Arc::new(BooleanArray::new(bits, nulls))
            }
            DataType::FixedSizeBinary(16) => {
                let bytes = self.sized(length, 16)?;
                Arc::new(FixedSizeBinaryArray::try_new(16, bytes, nulls).map_err(refused)?)
            }
            DataType::Utf8 => {
                let (offsets, bytes) = self.variable(length)?;
                // Twice as fast as validating UTF-8 and that each text starts with a character.
                if bytes.is_ascii() {
                    #[expect(
                        unsafe_code,
                        reason = "validation takes twice as long as the check that it is ASCII"
                    )]
                    // SAFETY: the offsets ascend from 0 to the length of the bytes, as `variable` has seen; there are
                    // as many texts as bits of validity; and any stretch of ASCII is UTF-8.
                    return Ok(Arc::new(unsafe {
                        StringArray::new_unchecked(offsets, bytes, nulls)
                    }));
                }
                Arc::new(StringArray::try_new(offsets, bytes, nulls).map_err(refused)?)
            }
            DataType::Binary => {
                let (offsets, bytes) = self.variable(length)?;
                Arc::new(BinaryArray::try_new(offsets, bytes, nulls).map_err(refused)?)
            }
            DataType::List(item) => {
                let offsets = self.offsets(length)?;
                let items = self.array(item.data_type())?;
                let list = ListArray::try_new(Arc::clone(item), offsets, items, nulls);
                Arc::new(list.map_err(refused)?)
            }
            DataType::Struct(fields) => {
                let children = fields.iter().map(|field| self.array(field.data_type()));
                let children = children.collect::<Result<Vec<_>, _>>()?;
                if children.iter().any(|child| child.len() != length) {
                    return Err("the parts of a structure are of different lengths");
                }
                Arc::new(StructArray::try_new(fields.clone(), children, nulls).map_err(refused)?)
            }
            _ => return Err("a column is of a type that no snapshot file has"),
        })
    }

    /// How many elements the next array has.
    fn node(&mut self) -> Result<usize, Wrong> {
        let nodes = self.batch.nodes().ok_or("there are no arrays")?;
        if self.node >= nodes.len() {
            return Err("an array is missing");
        }
        let node = nodes.get(self.node);
        self.node += 1;
        // No more than bits in the body.
        let most = self.body.len().saturating_mul(8);
        usize::try_from(node.length())
            .ok()
            .filter(|length| *length <= most)
            .ok_or("an array is longer than its bytes")
    }

    fn next(&mut self) -> Result<Buffer, Wrong> {
        let buffers = self.batch.buffers().ok_or("there are no buffers")?;
        if self.buffer >= buffers.len() {
            return Err("a buffer is missing");
        }
        let buffer = buffers.get(self.buffer);
        self.buffer += 1;
        let start = usize::try_from(buffer.offset()).ok();
        let length = usize::try_from(buffer.length()).ok();
        let place = start.zip(length).filter(|(start, length)| {
            start
                .checked_add(*length)
                .is_some_and(|end| end <= self.body.len())
        });
        let (start, length) = place.ok_or("a buffer lies outside the message")?;
        Ok(self.body.slice_with_length(start, length))
    }

    /// The next buffer, which has so many elements of so many bytes.
    fn sized(&mut self, length: usize, width: usize) -> Result<Buffer, Wrong> {
        let buffer = self.next()?;
        let bytes = length.checked_mul(width).ok_or(TOO_SHORT)?;
        if buffer.len() < bytes {
            return Err(TOO_SHORT);
        }
        Ok(buffer.slice_with_length(0, bytes))
    }

    fn bits(&mut self, length: usize) -> Result<BooleanBuffer, Wrong> {
        let bytes = self.sized(length.div_ceil(8), 1)?;
        Ok(BooleanBuffer::new(bytes, 0, length))
    }

    /// Which elements are valid; no bytes say that all are.
    fn validity(&mut self, length: usize) -> Result<Option<NullBuffer>, Wrong> {
        let at = self.buffer;
        if self.next()?.is_empty() {
            return Ok(None);
        }
        self.buffer = at;
        let nulls = NullBuffer::new(self.bits(length)?);
        Ok((nulls.null_count() > 0).then_some(nulls))
    }

    fn scalars<T: ArrowNativeType>(&mut self, length: usize) -> Result<ScalarBuffer<T>, Wrong> {
        let buffer = self.sized(length, size_of::<T>())?;
        if !buffer.as_ptr().cast::<T>().is_aligned() {
            return Err("a buffer is not aligned");
        }
        Ok(ScalarBuffer::new(buffer, 0, length))
    }

    fn primitive<T: ArrowPrimitiveType>(
        &mut self,
        length: usize,
        nulls: Option<NullBuffer>,
    ) -> Result<PrimitiveArray<T>, Wrong> {
        let values = self.scalars::<T::Native>(length)?;
        PrimitiveArray::try_new(values, nulls).map_err(refused)
    }

    /// Offsets, which are copied: Arrow reads what lies between two of them without looking at them again, and a file that
    /// is written to while it is mapped must not lead it astray.
    fn offsets(&mut self, length: usize) -> Result<OffsetBuffer<i32>, Wrong> {
        // An array without elements may have no offsets.
        let at = self.buffer;
        if length == 0 && self.next()?.is_empty() {
            return Ok(OffsetBuffer::new_empty());
        }
        self.buffer = at;
        let offsets = self.scalars::<i32>(length + 1)?;
        let offsets = ScalarBuffer::from(offsets.to_vec());
        let pairs = offsets.iter().zip(&offsets[1..]);
        let ascend = pairs.fold(true, |ascend, (one, next)| ascend & (one <= next));
        if offsets[0] != 0 || !ascend {
            return Err("offsets do not ascend from 0");
        }
        Ok(OffsetBuffer::new(offsets))
    }

    fn variable(&mut self, length: usize) -> Result<(OffsetBuffer<i32>, Buffer), Wrong> {
        let offsets = self.offsets(length)?;
        // Searches look at all bytes: there must be none that are no element's.
        let end = offsets.last().map_or(0, |end| *end as usize);
        Ok((offsets, self.sized(end, 1)?))
    }
}

const TOO_SHORT: Wrong = "a buffer is too short";

fn refused(_: ArrowError) -> Wrong {
    "an array is not valid: its offsets, its UTF-8 or its lengths"
}
