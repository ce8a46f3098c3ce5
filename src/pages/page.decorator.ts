import { applyDecorators, Header, UseFilters } from '@nestjs/common';
import { OfferFilter } from './offer.filter.js';

/** A handler that answers with a page of its user, which no cache may keep. */
export function Page(): MethodDecorator {
  return applyDecorators(
    Header('Content-Type', 'text/html; charset=utf-8'),
    Header('Cache-Control', 'private, no-store'),
    UseFilters(OfferFilter),
  );
}
